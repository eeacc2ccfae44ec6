/**
 * The least that any program must do for one authorization: keep the flow with its verifier encrypted, send the user off
 * with PKCE, take the flow once, ask for tokens, and keep those encrypted. It knows its one connection and one user at a
 * time, checks nothing that cannot be wrong here, and bounds no wait.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { FloorKey } from '../sealed';
import { open, seal } from '../sealed';
import type { FloorDatabase } from './floor-databases';

/** One user's authorization, in two halves. */
export interface Flow {
  /** @returns where the user is sent */
  begin(userId: string): Promise<string>;
  complete(userId: string, callbackUrl: string): Promise<unknown>;
  close(): Promise<void>;
}

const FLOW_MS = 600_000;

/** What a service would have read from its configuration. */
export interface FloorClient {
  readonly connectionName: string;
  readonly account: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly scopes: string;
  readonly configFingerprint: string;
}

interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
}

export function flowAtTheFloor(database: FloorDatabase, client: FloorClient, key: FloorKey): Flow {
  const { connectionName, account, redirectUri, configFingerprint } = client;
  const sealed = (text: string, place: readonly string[]) => seal(text, place, key);

  return {
    async begin(userId) {
      const state = randomBytes(32).toString('base64url');
      const verifier = randomBytes(32).toString('base64url');
      const digest = digestOf(state);
      const now = Date.now();
      const granted = await database.readScopes(userId, connectionName, account);
      const scopes = [...new Set([...client.scopes.split(' '), ...(granted?.split(' ') ?? [])])].join(' ');
      const encrypted = sealed(verifier, ['connection_oauth_states', 'code_verifier', digest]);
      await database.insertState({
        state: digest,
        user_id: userId,
        connection_name: connectionName,
        account,
        code_verifier: encrypted,
        redirect_uri: redirectUri,
        issuer: null,
        origin_host: null,
        return_to: null,
        requested_scopes: scopes,
        config_fingerprint: configFingerprint,
        browser_binding: null,
        created_at: instant(now),
        expires_at: instant(now + FLOW_MS),
      });
      const url = new URL(client.authorizeUrl);
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: client.clientId,
        redirect_uri: redirectUri,
        scope: scopes,
        state,
        code_challenge: digestOf(verifier),
        code_challenge_method: 'S256',
      }).toString();
      return url.href;
    },

    async complete(userId, callbackUrl) {
      const { searchParams } = new URL(callbackUrl);
      const digest = digestOf(searchParams.get('state') ?? '');
      const row = await database.takeState(digest, userId, instant(Date.now()));
      if (!row) throw new Error('There is no such flow');
      const place = ['connection_oauth_states', 'code_verifier', digest];
      const sentAt = Date.now();
      const response = await fetch(client.tokenUrl, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: searchParams.get('code') ?? '',
          redirect_uri: String(row.redirect_uri),
          code_verifier: open(String(row.code_verifier), place, () => key.key),
          client_id: client.clientId,
          client_secret: client.clientSecret,
        }),
      });
      const answer = (await response.json()) as TokenAnswer;
      const placed = (column: string) => ['user_connection_tokens', column, userId, connectionName, account];
      const now = instant(Date.now());
      await database.putTokens({
        id: randomUUID(),
        user_id: userId,
        connection_name: connectionName,
        account,
        access_token_encrypted: sealed(answer.access_token, placed('access_token_encrypted')),
        refresh_token_encrypted: sealed(answer.refresh_token, placed('refresh_token_encrypted')),
        token_type: answer.token_type,
        expires_at: instant(sentAt + answer.expires_in * 1000),
        scopes: row.requested_scopes,
        provider_metadata: null,
        generation: 1,
        claimed_generation: 1,
        lease_expires_at: null,
        status: 'active',
        status_reason: null,
        doubt: null,
        refused_since: null,
        failing_since: null,
        rejected_generation: null,
        rejected_at: null,
        issuer: null,
        config_fingerprint: row.config_fingerprint,
        grant_id: randomUUID(),
        granted_at: now,
        created_at: now,
        updated_at: now,
      });
    },

    close: () => database.close(),
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

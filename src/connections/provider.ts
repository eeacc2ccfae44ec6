/** The authorization server of a connection and our client there, whether they are declared or were discovered. */
import type { ConnectionDefinition, OAuthDefinition, OAuthOptions } from '../config/definition';
import { ConnectionsError, quote } from '../errors';
import type { OAuthClient } from '../oauth/client-authentication';
import type { ExchangeOptions } from '../oauth/exchange';
import type { TokenAnswer } from '../oauth/token-answer';
import { requestTokens } from '../oauth/token-endpoint';
import { configFingerprint } from '../tokens/fingerprint';
import type { IssuedUnder } from '../tokens/token-seal';

export interface Provider {
  /** What tokens that it gives are issued under. */
  readonly under: IssuedUnder;
  readonly clientId: string | null;
  readonly authorizeUrl: string | null;
  readonly tokenUrl: string | null;
  readonly revokeUrl: string | null;
  /** Of the connection, with what discovery adds to it. */
  readonly options: OAuthOptions;
  readonly scopes: readonly string[];
  /** Whether it names itself in each callback (RFC 9207). */
  readonly namesIssuer: boolean;
  readonly exchange: ExchangeOptions;
  /** The client, its secret fetched at this moment. */
  client(): Promise<OAuthClient>;
  /** For a client that the server does not know any more; undefined where an operator has to see to it. */
  forgetClient?: (() => Promise<void>) | undefined;
}

/** @throws ConnectionsError `connection_not_oauth` */
export function oauthOf({ name, authType, oauth }: ConnectionDefinition): OAuthDefinition {
  if (oauth) return oauth;
  throw new ConnectionsError(
    'connection_not_oauth',
    `Connection ${quote(name)} is declared with auth_type ${quote(authType)}: there are no tokens of users for it.`,
  );
}

/** Whether the endpoints are for discovery to find. */
export function isDiscovered({ tokenUrl }: OAuthDefinition): boolean {
  return tokenUrl === null;
}

const known = new WeakMap<ConnectionDefinition, IssuedUnder>();

/** What tokens of a connection are issued under, as far as the declaration alone says it: this asks nobody. */
export function declaredUnder(definition: ConnectionDefinition): IssuedUnder {
  const before = known.get(definition);
  if (before) return before;
  const oauth = oauthOf(definition);
  const { clientId, tokenUrl, scopes, options } = oauth;
  const issuer = options.issuer ?? null;
  const client = isDiscovered(oauth) ? null : { clientId, tokenUrl, issuer, scopes };
  const under = { issuer, configFingerprint: configFingerprint(placeOf(definition), client) };
  known.set(definition, under);
  return under;
}

/** Where tokens of a connection go. */
export function placeOf(definition: ConnectionDefinition): { url: string; resource: string | null } {
  const { resource = null } = oauthOf(definition).options;
  return { url: definition.url, resource: resource === 'off' ? null : resource };
}

/**
 * Asks a token endpoint. A client that it refuses is asked for once more, as its secret may have been rotated between the
 * two.
 */
export async function askForTokens(
  provider: Provider,
  grantType: 'authorization_code' | 'refresh_token',
  parameters: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const { options, tokenUrl, exchange } = provider;
  const url = (grantType === 'refresh_token' ? options.refresh_url : undefined) ?? tokenUrl;
  if (url === null) return { kind: 'misconfigured', error: 'no `token_url` is declared' };
  try {
    const ask = (client: OAuthClient) =>
      requestTokens({ url, client, options }, grantType, parameters, exchange);
    const client = await provider.client();
    const answer = await ask(client);
    if (answer.kind !== 'misconfigured' || answer.error !== 'invalid_client') return answer;
    if (provider.forgetClient) {
      // What it gave to a client that it does not know any more is of no use to another.
      await provider.forgetClient();
      return { kind: 'invalid_grant' };
    }
    const again = await provider.client();
    return again.secret === client.secret ? answer : await ask(again);
  } catch (error) {
    const said = error instanceof ConnectionsError ? error.message : 'the request could not be made';
    return { kind: 'misconfigured', error: said };
  }
}

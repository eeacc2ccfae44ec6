/** Ends an authorization: takes the state, which nobody else can do again, and turns the code into tokens that are kept. */
import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { ConnectionsError, quote } from '../errors';
import type { Callback } from '../oauth/callback';
import { readCallback } from '../oauth/callback';
import { captured } from '../oauth/token-answer';
import { codeParameters } from '../oauth/token-parameters';
import { accountRef } from '../tokens/account-ref';
import type { FlowOptions } from './authorize';
import { verifierPlace } from './authorize';
import type { CompletedAuthorization, CompleteOptions } from './flow-options';
import type { Opened } from './opened';
import { tokenRequest } from './provider';
import type { FlowState, Returning } from './state-rows';
import { digestOf } from './state-rows';
import { tokenProvider } from './token-provider';

export async function completeAuthorization(
  { states, vault, providers }: Opened,
  registry: ConnectionRegistry,
  given: string | URL,
  who: CompleteOptions,
  { cipher }: FlowOptions,
): Promise<CompletedAuthorization> {
  const callback = readCallback(given);
  const digest = digestOf(callback.state);
  const flow = await states.take(digest, returning(who));
  if (!flow) throw stateUnknown();
  const { connectionName, userId, account, returnTo } = flow;
  const key = { userId, connectionName, account };
  const definition = await registry.get(connectionName);
  const provider = await providers.forTokens(definition, flow.configFingerprint);
  const { under, options } = provider;
  // RFC 9207 section 2.4: character by character, and before anything else that it says is believed or shown.
  const isOther = callback.issuer === null ? provider.namesIssuer : callback.issuer !== flow.issuer;
  if (flow.issuer !== null && isOther) throw wrongIssuer(flow);
  if (callback.error !== null) throw refusal(flow, callback);
  if (callback.code === null) throw withoutCode(flow);
  if (flow.configFingerprint !== under.configFingerprint) throw changed(flow);
  const verifier = flow.codeVerifier && (await cipher.decrypt(flow.codeVerifier, verifierPlace(digest)));
  const send = await tokenRequest(provider);
  const answer = await send(
    'authorization_code',
    codeParameters(options, callback.code, flow.redirectUri, verifier),
  );
  if (answer.kind !== 'tokens')
    throw notExchanged(flow, answer.kind, answer.kind === 'misconfigured' ? answer.error : null);
  const { tokens } = answer;
  const metadata = merged(captured(callback.parameters, options.capture), tokens.providerMetadata);
  const values = await vault.seal.close(
    key,
    { ...tokens, providerMetadata: metadata },
    under,
    flow.requestedScopes,
  );
  await kept(() => vault.rows.put(key, values), vault.leaseMs).catch(async (error: unknown) => {
    // Nobody will use what could not be kept.
    await tokenProvider(provider).revoke(tokens);
    throw error;
  });
  const scopes = values.scopes === null ? [] : values.scopes.split(' ');
  return { userId, connectionName, account, scopes, returnTo };
}

/** The code is used up: what it gave is tried to be kept for a while, whatever the database does meanwhile. */
async function kept(put: () => Promise<void>, forMs: number): Promise<void> {
  const until = performance.now() + forMs;
  for (;;) {
    try {
      return await put();
    } catch (error) {
      const isFinal = error instanceof ConnectionsError && error.code === 'account_taken';
      if (isFinal || performance.now() >= until) throw error;
      await setTimeout(RETRY_MS);
    }
  }
}

const RETRY_MS = 200;

/** @throws ConnectionsError `account_invalid` for what is no user id */
function returning({ userId, browserBinding }: CompleteOptions): Returning {
  return {
    userId: userId === undefined ? undefined : accountRef(userId, 'any').userId,
    browserBinding: typeof browserBinding === 'string' ? digestOf(browserBinding) : undefined,
  };
}

function merged(one: JsonObject | undefined, other: JsonObject | undefined): JsonObject | undefined {
  return one || other ? { ...one, ...other } : undefined;
}

function stateUnknown(): ConnectionsError {
  return new ConnectionsError(
    'state_unknown',
    'This authorization is not known: it was completed before, is older than ten minutes, or belongs to another user or ' +
      'browser. Let the user begin again.',
  );
}

function wrongIssuer({ connectionName }: FlowState): ConnectionsError {
  return new ConnectionsError(
    'issuer_mismatch',
    `The callback for connection ${quote(connectionName)} is of another authorization server than the user was sent to ` +
      '(RFC 9207). Nothing was sent to it. Let the user begin again; if it happens each time, check `issuer`.',
  );
}

function refusal({ connectionName }: FlowState, { error, errorDescription }: Callback): ConnectionsError {
  const name = quote(connectionName);
  if (error === 'access_denied') {
    return new ConnectionsError(
      'authorization_denied',
      `The user did not allow connection ${name}. Nothing was stored.`,
    );
  }
  const description = errorDescription === null ? '' : `, ${quote(errorDescription, 200)}`;
  return new ConnectionsError(
    'authorization_failed',
    `The provider of connection ${name} answered ${quote(error)}${description}. Nothing was stored.`,
  );
}

function withoutCode({ connectionName }: FlowState): ConnectionsError {
  return new ConnectionsError(
    'callback_invalid',
    `The callback for connection ${quote(connectionName)} has neither a code nor an error. Let the user begin again.`,
  );
}

function changed({ connectionName }: FlowState): ConnectionsError {
  return new ConnectionsError(
    'connection_changed',
    `Connection ${quote(connectionName)} was declared anew while the user was at the provider. Let the user begin again.`,
  );
}

function notExchanged(
  { connectionName }: FlowState,
  kind: 'transient' | 'invalid_grant' | 'misconfigured',
  error: string | null,
): ConnectionsError {
  const name = quote(connectionName);
  switch (kind) {
    case 'transient':
      return new ConnectionsError(
        'provider_unavailable',
        `The provider of connection ${name} did not give tokens for its code in time. Let the user begin again.`,
      );
    case 'invalid_grant':
      return new ConnectionsError(
        'authorization_failed',
        `The provider of connection ${name} does not take its code (invalid_grant): it has expired, was used, or was for ` +
          'another redirect URI. Let the user begin again.',
      );
    default:
      return new ConnectionsError(
        'provider_refused',
        `The provider of connection ${name} refuses to give tokens: ${error}. Check the client id, the client secret and ` +
          '`token_url` of the connection, then let the user begin again.',
      );
  }
}

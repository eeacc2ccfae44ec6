/** Completes an authorization: takes the state, so that it cannot be used twice, and exchanges the code for tokens. */
import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { isConnectionsError, withDetails } from '../errors';
import type { Callback } from '../oauth/callback';
import { readCallback } from '../oauth/callback';
import { captured } from '../oauth/captured';
import { isBearer } from '../oauth/token-answer';
import { codeParameters } from '../oauth/token-parameters';
import { accountRef } from '../tokens/account-ref';
import type { FlowOptions } from './authorize';
import { isAtRedirectUri } from './callback-place';
import type { CompletedAuthorization, CompleteOptions } from './flow-options';
import {
  changed,
  notExchanged,
  refusal,
  stateUnknown,
  withoutCode,
  wrongIssuer,
  wrongPath,
  wrongRoute,
} from './flow-error';
import { openFlow } from './flow-seal';
import type { Opened } from './opened';
import { notBearer } from './outcome-error';
import { forgetClientOf, isAboutClient, tokenRequest } from './provider';
import { allowedReturnTo } from './return-to';
import type { FlowState, Returning } from './state-rows';
import { bindingDigest, digestOf, isRandomText } from './state-rows';
import { tokenProvider } from './token-provider';

export async function completeAuthorization(
  opened: Opened,
  registry: ConnectionRegistry,
  given: string | URL,
  options: CompleteOptions,
  { cipher, publicUrl, returnOrigins }: FlowOptions,
): Promise<CompletedAuthorization> {
  const callback = readCallback(given);
  const digest = digestOf(callback.state);
  const flow = await opened.states.take(digest, returning(options, callback.state));
  if (!flow) throw stateUnknown();
  // Checked again: the row may have been changed, and the host sends the user there after an error, too.
  const returnTo = flow.returnTo === null ? null : allowedReturnTo(flow.returnTo, returnOrigins);
  try {
    const verifier = await openFlow(cipher, digest, flow);
    checkPlace(callback, flow, options.connectionName, publicUrl);
    return { ...(await exchangeCode(opened, registry, callback, flow, verifier)), returnTo };
  } catch (error) {
    // The host knows only the callback: each error says what the flow was about and where the user wanted to go.
    const { connectionName, account } = flow;
    const isChanged = isConnectionsError(error, 'ciphertext_invalid');
    throw withDetails(error, { connectionName, account, returnTo: isChanged ? null : returnTo });
  }
}

async function exchangeCode(
  { vault, providers }: Opened,
  registry: ConnectionRegistry,
  callback: Callback,
  flow: FlowState,
  verifier: string | null,
): Promise<Omit<CompletedAuthorization, 'returnTo'>> {
  const { connectionName, userId, account } = flow;
  const ref = { userId, connectionName, account };
  const definition = await registry.get(connectionName);
  const begunUnder = { configFingerprint: flow.configFingerprint, generation: 1 };
  const deadline = providers.deadline();
  const provider = await providers.forTokens(definition, begunUnder, deadline);
  const { under, options } = provider;
  // RFC 9207 section 2.4: before anything else that the callback says is believed or shown.
  const isFromAnother = await namesAnother(callback, flow, provider.namesIssuer, (issuer) =>
    providers.isIssuerOfAnother(issuer, definition, registry),
  );
  if (isFromAnother) throw wrongIssuer(flow, callback);
  if (callback.error !== null && isAboutClient(callback.error)) await forgetClientOf(provider, flow);
  if (callback.error !== null) throw refusal(flow, callback);
  if (callback.code === null) throw withoutCode(flow);
  if (flow.configFingerprint !== under.configFingerprint) throw changed(flow);
  const send = await tokenRequest(provider);
  const answer = await send(
    'authorization_code',
    codeParameters(options, callback.code, flow.redirectUri, verifier),
  );
  if (answer.kind !== 'tokens') throw notExchanged(flow, answer);
  const { tokens } = answer;
  // Tokens that were not stored can never be used.
  const revoked = async (error: unknown, by = deadline): Promise<never> => {
    const exchangeWith = (url: string) => ({ ...provider.exchangeWith(url), deadline: by });
    await tokenProvider({ ...provider, exchangeWith }).revoke(tokens);
    throw error;
  };
  if (!isBearer(tokens)) return revoked(notBearer(flow, tokens, 'provider'));
  const metadata = merged(captured(callback.parameters, options.capture), tokens.providerMetadata);
  const issued = { ...tokens, providerMetadata: metadata };
  const values = await vault.seal
    .close(ref, issued, under, flow.requestedScopes)
    .catch((error: unknown) => revoked(error));
  // The database may have taken all the time there was.
  await kept(() => vault.rows.put(ref, values), vault.leaseMs).catch((error: unknown) =>
    revoked(error, providers.deadline()),
  );
  const scopes = values.scopes === null ? [] : values.scopes.split(' ');
  return { userId, connectionName, account, scopes };
}

/** Whether a callback names another issuer than that of its flow, or none although the server always does. */
async function namesAnother(
  { issuer }: Callback,
  flow: FlowState,
  namesIssuer: boolean,
  isIssuerOfAnother: (issuer: string) => Promise<boolean>,
): Promise<boolean> {
  if (issuer === null) return namesIssuer;
  return flow.issuer === null ? isIssuerOfAnother(issuer) : issuer !== flow.issuer;
}

/** The code is spent, so storing its tokens is tried again for a while, whatever the database does. */
async function kept(put: () => Promise<void>, forMs: number): Promise<void> {
  const until = performance.now() + forMs;
  for (;;) {
    try {
      return await put();
    } catch (error) {
      const isFinal = isConnectionsError(error, 'account_taken');
      if (isFinal || performance.now() >= until) throw error;
      await setTimeout(RETRY_MS);
    }
  }
}

const RETRY_MS = 200;

/**
 * A callback at the path of another connection may have the code of another server (mix-up, RFC 9700 section 4.4).
 * @param routeName the connection of the route; undefined where the path has to show it
 * @throws ConnectionsError `redirect_uri_mismatch`
 */
function checkPlace(
  { url }: Callback,
  { connectionName, redirectUri }: FlowState,
  routeName: string | undefined,
  publicUrl: string | undefined,
): void {
  const isRight =
    routeName === undefined ? isAtRedirectUri(url, redirectUri, publicUrl) : routeName === connectionName;
  if (!isRight)
    throw routeName === undefined
      ? wrongPath(connectionName, url, redirectUri)
      : wrongRoute(connectionName, routeName);
}

/** @throws ConnectionsError `account_invalid` */
function returning({ userId, browserBinding }: CompleteOptions, state: string): Returning {
  return {
    userId: userId === undefined ? undefined : accountRef(userId, 'any').userId,
    browserBinding: isRandomText(browserBinding) ? bindingDigest(browserBinding, state) : undefined,
  };
}

function merged(one: JsonObject | undefined, other: JsonObject | undefined): JsonObject | undefined {
  return one || other ? { ...one, ...other } : undefined;
}

/** Completes an authorization: takes the state, so that it cannot be used twice, and exchanges the code for tokens. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { toInstant } from '../entities/instant';
import { isConnectionsError, withDetails } from '../errors';
import { type Callback, readCallback } from '../oauth/callback';
import { capture } from '../oauth/capture';
import { isAboutClient } from '../oauth/token-errors';
import { codeParameters } from '../oauth/request-parameters.js';
import { accountRef } from '../tokens/account-ref';
import { type StoredToken, scopesOf } from '../tokens/token-row';
import type { FlowOptions } from './authorize';
import { isAtRedirectUri } from './callback-place';
import type { CompletedAuthorization, CompleteOptions } from './flow-options';
import {
  changed,
  clientRefused,
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
import { type Provider, tokenRequest } from './provider';
import { bindingDigest, digestOf, isRandomText } from './random-text';
import { allowedReturnTo } from './return-to';
import type { FlowState, TakenFlow, Returning } from './state-rows';
import { storeGrant } from './store-grant';

/** A flow whose user has come back. */
interface Taken {
  readonly flow: TakenFlow;
  readonly digest: string;
  readonly grantId: string;
  /** The row of the account, as it is before the exchange. */
  readonly before: StoredToken | null;
  /** By the process's monotonic clock, since the flow was taken. */
  readonly elapsedMs: () => number;
}

export async function completeAuthorization(
  opened: Opened,
  registry: ConnectionRegistry,
  given: string | URL,
  options: CompleteOptions,
  { cipher, publicUrl, returnOrigins }: FlowOptions,
): Promise<CompletedAuthorization> {
  const callback = readCallback(given);
  const taken = await takeFlow(opened, callback.state, options);
  if (!taken) throw stateUnknown(await opened.states.boundTo(digestOf(callback.state)));
  const { flow, digest, grantId } = taken;
  // Checked again: the row may have been changed, and the host sends the user there after an error, too.
  const returnTo = flow.returnTo === null ? null : allowedReturnTo(flow.returnTo, returnOrigins);
  try {
    const verifier = await openFlow(cipher, digest, flow);
    checkPlace(callback, flow, options.connectionName, publicUrl);
    return { ...(await exchangeCode(opened, registry, callback, taken, verifier)), returnTo };
  } catch (error) {
    // It cannot be taken again; a row that stays is swept.
    await opened.states.end(digest, grantId).catch(() => undefined);
    // The host knows only the callback: each error says what the flow was about and where the user wanted to go.
    const { connectionName, account } = flow;
    const isChanged = isConnectionsError(error, 'ciphertext_invalid');
    throw withDetails(error, { connectionName, account, returnTo: isChanged ? null : returnTo });
  }
}

async function takeFlow(
  { states, vault: { rows } }: Opened,
  state: string,
  options: CompleteOptions,
): Promise<Taken | null> {
  const [digest, grantId] = [digestOf(state), randomUUID()];
  const alsoRead = [rows.ofFlow(states, digest)];
  const sentAt = performance.now();
  const taken = await states.take(digest, returning(options, state), grantId, alsoRead);
  if (!taken) return null;
  const { flow, read } = taken;
  // The database has read its clock at some time in between.
  const takenAt = (sentAt + performance.now()) / 2;
  const before = rows.exactly(flow, read[0] ?? []);
  return { flow, digest, grantId, before, elapsedMs: () => performance.now() - takenAt };
}

async function exchangeCode(
  opened: Opened,
  registry: ConnectionRegistry,
  callback: Callback,
  { flow, digest, grantId, before, elapsedMs }: Taken,
  verifier: string | null,
): Promise<Omit<CompletedAuthorization, 'returnTo'>> {
  const { providers } = opened;
  const { connectionName, userId, account } = flow;
  const definition = await registry.get(connectionName);
  const begunUnder = { issuer: flow.issuer, configFingerprint: flow.configFingerprint, generation: 1 };
  const deadline = providers.deadline();
  const provider = await providers.forTokens(definition, begunUnder, { deadline, isSealed: true });
  const { under, options } = provider;
  // RFC 9207 section 2.4: before anything else that the callback says is believed or shown.
  const isFromAnother = await namesAnother(callback, flow, provider.namesIssuer, (issuer) =>
    providers.isIssuerOfAnother(issuer, definition, registry),
  );
  if (isFromAnother) throw wrongIssuer(flow, callback);
  if (callback.error !== null) {
    const isRefused = isAboutClient(callback.error) && provider.forgetClient !== undefined;
    throw isRefused ? clientRefused(flow, await isReplaced(provider, flow)) : refusal(flow, callback);
  }
  if (callback.code === null) throw withoutCode(flow);
  if (flow.configFingerprint !== under.configFingerprint) throw changed(flow);
  const send = await tokenRequest(provider);
  const answer = await send(
    'authorization_code',
    codeParameters(options, callback.code, flow.redirectUri, verifier),
  );
  if (answer.kind === 'misconfigured' && answer.isClientForgotten)
    throw clientRefused(flow, await isReplaced(provider, flow));
  if (answer.kind !== 'tokens') throw notExchanged(flow, answer);
  const { tokens } = answer;
  const exchangedAt = toInstant(new Date(Date.parse(flow.takenAt) + elapsedMs()));
  const providerMetadata = merged(capture(callback.parameters, options.capture), tokens.providerMetadata);
  const scopes = await storeGrant(opened, provider, flow, {
    tokens: { ...tokens, providerMetadata },
    grant: { id: grantId, at: exchangedAt },
    before,
    flow: {
      deletion: opened.states.deletion(digest, grantId),
      end: () => opened.states.end(digest, grantId),
    },
  });
  return { userId, connectionName, account, scopes: scopesOf({ scopes }) };
}

/** Sets aside the client of a flow that has been refused; a failure of the database does not hide why the flow has ended. */
async function isReplaced({ under, forgetClient }: Provider, flow: FlowState): Promise<boolean> {
  if (under.configFingerprint !== flow.configFingerprint) return true;
  return (await forgetClient?.(false).catch(() => false)) ?? false;
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

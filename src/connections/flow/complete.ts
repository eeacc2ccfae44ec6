/** Completes an authorization: takes the state, so that it cannot be used twice, and exchanges the code for tokens. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../config/definition';
import type { ConnectionRegistry } from '../../config/registry';
import { toInstant } from '../../entities/instant';
import { isConnectionsError, withDetails } from '../../errors';
import { type Callback, readCallback } from '../../oauth/callback';
import { capture } from '../../oauth/capture';
import { codeParameters } from '../../oauth/request-parameters';
import { isAboutClient } from '../../oauth/token-errors';
import { type OptionChecks, anything, checkOptions, optionInvalid } from '../../options';
import { accountRef } from '../../tokens/account-ref';
import { type StoredToken, scopesOf } from '../../tokens/token-row';
import type { ServiceAddresses } from '../options';
import { requireOAuth } from '../provider/oauth-connection';
import { type Provider, forgetClientOf } from '../provider/provider';
import { tokenRequest } from '../provider/token-requests';
import type { Runtime } from '../runtime';
import { allowedReturnTo, isAtRedirectUri } from './destinations';
import {
  callbackRefused,
  clientRefused,
  codeMissing,
  connectionChanged,
  notExchanged,
  stateUnknown,
  wrongIssuer,
  wrongPath,
  wrongRoute,
} from './errors';
import { bindingDigest, digestOf, isRandomText, openFlow } from './secrets';
import type { FlowState, ReturningUser, TakenFlow } from './state-rows';
import { storeGrant } from './store-grant';

/** Who comes back with a callback: the user of the session, or the browser of the cookie; at least one. */
export interface CompleteOptions {
  /** The user of the session; required unless the flow is bound to a browser. */
  readonly userId?: string | undefined;
  /** The value of the cookie; required if the flow is bound to a browser. */
  readonly browserBinding?: string | undefined;
  /**
   * The connection whose callback route this is, for a host behind a proxy that rewrites paths. Default none: the path of
   * the callback must be that of the redirect URI.
   */
  readonly connectionName?: string | undefined;
}

/** An authorization that is complete: the tokens are stored. */
export interface CompletedAuthorization<Name extends string = string> {
  /** The user who has connected. */
  readonly userId: string;
  /** The connection. */
  readonly connectionName: Name;
  /** Which of the user's accounts. */
  readonly account: string;
  /** As granted (RFC 6749 section 3.3), or as requested when the provider does not say. */
  readonly scopes: readonly string[];
  /** The `returnTo` of `authorize`; `null` when it had none. */
  readonly returnTo: string | null;
}

const completeChecks: OptionChecks<CompleteOptions> = {
  userId: anything,
  browserBinding: anything,
  // From the path of the request, so not the host's mistake.
  connectionName: anything,
};

/** @throws ConnectionsError `option_invalid` */
export function checkCompleteOptions(options: CompleteOptions): void {
  checkOptions('complete', options, completeChecks);
  // A browser without the cookie is no mistake of the host's: its flow is not found.
  if (options.userId !== undefined || Object.hasOwn(options, 'browserBinding')) return;
  throw optionInvalid(
    '`complete` needs the `userId` of the session or the `browserBinding` of the cookie. When a request has neither, let the ' +
      'user log in first.',
  );
}

/** A flow whose user has come back. */
interface Completion {
  readonly flow: TakenFlow;
  readonly digest: string;
  readonly grantId: string;
  /** The row of the account, as it is before the exchange. */
  readonly before: StoredToken | null;
  /** By the process's monotonic clock, since the flow was taken. */
  readonly elapsedMs: () => number;
}

export async function completeAuthorization(
  runtime: Runtime,
  registry: ConnectionRegistry,
  given: string | URL,
  options: CompleteOptions,
  { publicUrl, returnOrigins }: ServiceAddresses,
): Promise<CompletedAuthorization> {
  const callback = readCallback(given);
  const taken = await takeFlow(runtime, callback.state, options);
  if (!taken) throw stateUnknown(await runtime.states.boundTo(digestOf(callback.state)));
  const { flow, digest, grantId } = taken;
  // Checked again: the row may have been changed, and the host sends the user there after an error, too.
  const returnTo = flow.returnTo === null ? null : allowedReturnTo(flow.returnTo, returnOrigins);
  try {
    const verifier = await openFlow(runtime.cipher, digest, flow);
    checkArrival(callback, flow, options.connectionName, publicUrl);
    return { ...(await exchangeCode(runtime, registry, callback, taken, verifier)), returnTo };
  } catch (error) {
    // It cannot be taken again; a row that stays is swept.
    await runtime.states.end(digest, grantId).catch(() => undefined);
    // The host knows only the callback: each error says what the flow was about and where the user wanted to go.
    const { connectionName, account } = flow;
    const isChanged = isConnectionsError(error, 'ciphertext_invalid');
    throw withDetails(error, { connectionName, account, returnTo: isChanged ? null : returnTo });
  }
}

async function takeFlow(
  { states, vault: { rows } }: Runtime,
  state: string,
  options: CompleteOptions,
): Promise<Completion | null> {
  const [digest, grantId] = [digestOf(state), randomUUID()];
  const alsoRead = [rows.ofFlow(states, digest)];
  const sentAt = performance.now();
  const taken = await states.take(digest, whoReturns(options, state), grantId, alsoRead);
  if (!taken) return null;
  const { flow, read } = taken;
  // The database has read its clock at some time in between.
  const takenAt = (sentAt + performance.now()) / 2;
  const before = rows.rowOf(flow, read[0] ?? []);
  return { flow, digest, grantId, before, elapsedMs: () => performance.now() - takenAt };
}

async function exchangeCode(
  runtime: Runtime,
  registry: ConnectionRegistry,
  callback: Callback,
  { flow, digest, grantId, before, elapsedMs }: Completion,
  verifier: string | null,
): Promise<Omit<CompletedAuthorization, 'returnTo'>> {
  const { providers } = runtime;
  const { connectionName, userId, account } = flow;
  const definition = requireOAuth(await registry.get(connectionName));
  const begunUnder = { issuer: flow.issuer, configFingerprint: flow.configFingerprint, generation: 1 };
  const deadline = providers.deadline();
  const provider = await providers.forTokens(definition, begunUnder, { deadline, isSealed: true });
  const { under, options } = provider;
  // RFC 9207 section 2.4: before anything else that the callback says is believed or shown.
  const namesIssuer = provider.isDiscovered && provider.namesIssuer;
  const isFromAnother = await namesAnother(callback, flow, namesIssuer, (issuer) =>
    providers.isIssuerOfAnother(issuer, definition, registry),
  );
  if (isFromAnother) throw wrongIssuer(flow, callback);
  const { code, error } = callback;
  if (error !== null) {
    const isRefused = isAboutClient(error) && forgetClientOf(provider) !== null;
    throw isRefused
      ? clientRefused(flow, await isReplaced(provider, flow))
      : callbackRefused(flow, error, callback.errorDescription);
  }
  if (code === null) throw codeMissing(flow);
  if (flow.configFingerprint !== under.configFingerprint) throw connectionChanged(flow);
  const send = await tokenRequest(provider);
  const answer = await send('authorization_code', codeParameters(options, code, flow.redirectUri, verifier));
  if (answer.kind === 'misconfigured' && answer.isClientForgotten)
    throw clientRefused(flow, await isReplaced(provider, flow));
  if (answer.kind !== 'tokens') throw notExchanged(flow, answer);
  const { tokens } = answer;
  const exchangedAt = toInstant(new Date(Date.parse(flow.takenAt) + elapsedMs()));
  const providerMetadata = joinCaptured(
    capture(callback.parameters, options.capture),
    tokens.providerMetadata,
  );
  const scopes = await storeGrant(runtime, provider, flow, {
    tokens: { ...tokens, providerMetadata },
    grant: { id: grantId, at: exchangedAt },
    before,
    flow: {
      deletion: runtime.states.deletion(digest, grantId),
      end: () => runtime.states.end(digest, grantId),
    },
  });
  return { userId, connectionName, account, scopes: scopesOf({ scopes }) };
}

/** Sets aside the client of a flow that has been refused; a failure of the database does not hide why the flow has ended. */
async function isReplaced(provider: Provider, flow: FlowState): Promise<boolean> {
  if (provider.under.configFingerprint !== flow.configFingerprint) return true;
  return (await forgetClientOf(provider)?.(false).catch(() => false)) ?? false;
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
function checkArrival(
  { url }: Callback,
  { connectionName, redirectUri }: FlowState,
  routeName: string | undefined,
  publicUrl: string | null,
): void {
  const isRight =
    routeName === undefined ? isAtRedirectUri(url, redirectUri, publicUrl) : routeName === connectionName;
  if (!isRight)
    throw routeName === undefined
      ? wrongPath(connectionName, url, redirectUri)
      : wrongRoute(connectionName, routeName);
}

/** @throws ConnectionsError `account_invalid` */
function whoReturns({ userId, browserBinding }: CompleteOptions, state: string): ReturningUser {
  return {
    userId: userId === undefined ? undefined : accountRef(userId, 'any').userId,
    browserBinding: isRandomText(browserBinding) ? bindingDigest(browserBinding, state) : undefined,
  };
}

function joinCaptured(one: JsonObject | undefined, other: JsonObject | undefined): JsonObject | undefined {
  return one || other ? { ...one, ...other } : undefined;
}

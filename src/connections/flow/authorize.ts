/** Begins an authorization: everything that `complete` will need is stored in one row, and the user goes to the provider. */
import type { OAuthConnection } from '../../config/definition';
import type { ConnectionRegistry } from '../../config/registry';
import { challengeOfAnswer } from '../../oauth/challenge';
import { isScope } from '../../oauth/limits';
import { authorizationUrl } from '../../oauth/request-parameters';
import { type OptionChecks, anything, checkOptions, flag, text } from '../../options';
import type { AccountRef } from '../../tokens/account-ref';
import { originOf } from '../../url';
import type { ServiceAddresses } from '../options';
import type { Runtime } from '../runtime';
import { checkedReturnTo, redirectUri } from './destinations';
import { bindingDigest, digestOf, isRandomText, randomText, sealFlow } from './secrets';

/** Options of `authorize`. */
export interface AuthorizeOptions {
  /** Which of the user's accounts the tokens are stored under, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /** Where the user goes afterwards: a path, or a URL at one of the `returnOrigins`; default, and `null`: none. */
  readonly returnTo?: string | null | undefined;
  /** Scopes to ask for in addition to those of the connection and those that the account has; default none. */
  readonly scopes?: readonly string[] | undefined;
  /** Origin of the request, such as `https://app.example.com`; used if it is one of the `callbackOrigins`. */
  readonly requestOrigin?: string | undefined;
  /**
   * Binds the flow to the browser instead of to the user's session, for a callback that has no session: store the
   * `browserBinding` of the answer in a cookie, and give it to `complete`. Default false.
   */
  readonly bindToBrowser?: boolean | undefined;
  /**
   * The cookie that this browser has from an earlier flow, so that flows in several tabs share one; binds the flow, too. A
   * value that is not of our form is replaced. Default: none.
   */
  readonly browserBinding?: string | undefined;
  /**
   * Registers another client in place of the registered one (RFC 7591), for a server that has forgotten it and tells only the
   * user. Stored tokens keep the client that they were issued to. Default false.
   */
  readonly newClient?: boolean | undefined;
  /**
   * The answer with status 401 or 403 that the declared `url` or its origin has just sent to the host. The scopes of its Bearer
   * challenge (RFC 6750 section 3) are asked for besides the others, and its `resource_metadata` (RFC 9728 section 5.1) says where
   * this discovery begins. Default, and without either: the MCP server is asked.
   */
  readonly response?: Pick<Response, 'status' | 'headers'> | undefined;
}

/** An authorization that has begun. It can be completed once, within ten minutes. */
export interface Authorization {
  /** Where to send the user (RFC 6749 section 4.1.1). */
  readonly authorizationUrl: string;
  /** For an HttpOnly, Secure, SameSite=Lax cookie; `null` without `bindToBrowser`. */
  readonly browserBinding: string | null;
}

const authorizeChecks: OptionChecks<AuthorizeOptions> = {
  // Checked with the user id and the name, and with the rules of its own error code.
  account: anything,
  returnTo: anything,
  scopes: scopeList,
  requestOrigin: text,
  bindToBrowser: flag,
  // From a browser's cookie, so not the host's mistake.
  browserBinding: anything,
  newClient: flag,
  response: apiAnswer,
};

/** @throws ConnectionsError `option_invalid` */
export function checkAuthorizeOptions(options: AuthorizeOptions): void {
  checkOptions('authorize', options, authorizeChecks);
}

/** By what it has: a polyfill, or a test, has a class of its own. */
function apiAnswer(value: unknown): string | undefined {
  const { status, headers } = (value ?? {}) as Partial<Response>;
  return typeof status === 'number' && typeof headers?.get === 'function'
    ? undefined
    : 'the `Response` of an API, with `status` and `headers.get`';
}

/** RFC 6749 section 3.3: printable ASCII without spaces, quotes and backslashes. */
function scopeList(value: unknown): string | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isScope(one))
    ? undefined
    : 'a list of scopes, each of printable ASCII without spaces (RFC 6749 section 3.3)';
}

export async function beginAuthorization(
  { cipher, states, vault, providers }: Runtime,
  registry: ConnectionRegistry,
  definition: OAuthConnection,
  ref: AccountRef,
  options: AuthorizeOptions,
  addresses: ServiceAddresses,
): Promise<Authorization> {
  const begunAt = performance.now();
  const { requestOrigin, returnTo, browserBinding: cookie, response } = options;
  const { bindToBrowser = cookie !== undefined, newClient = false } = options;
  const redirect = redirectUri(definition.name, definition.oauth.redirectUri, requestOrigin, addresses);
  const checked =
    returnTo === undefined || returnTo === null ? null : checkedReturnTo(returnTo, addresses.returnOrigins);
  const challenge = response === undefined ? null : challengeOfAnswer(response);
  const scopes = [...(options.scopes ?? []), ...(challenge?.scopes ?? [])];
  const tokens = await vault.rows.readServed(ref);
  const request = { redirectUri: redirect, scopes, tokens, newClient, challenge, begunAt };
  const provider = await providers.forFlow(definition, registry, request);
  const { clientId, authorizeUrl, under, scopes: requested } = provider;
  const state = randomText();
  const digest = digestOf(state);
  const codeVerifier = provider.options.pkce === 'off' ? null : randomText();
  const browserBinding = bindToBrowser ? bindingOf(cookie) : null;
  const beginning = {
    ...ref,
    redirectUri: redirect,
    issuer: under.issuer,
    originHost: requestOrigin === undefined ? null : hostOf(requestOrigin),
    returnTo: checked,
    requestedScopes: requested.length > 0 ? requested.join(' ') : null,
    configFingerprint: under.configFingerprint,
    browserBinding: browserBinding && bindingDigest(browserBinding, state),
  };
  const sealed = await sealFlow(cipher, digest, beginning, codeVerifier);
  await states.put(digest, { ...beginning, codeVerifier: sealed });
  const url = authorizationUrl({
    endpoint: authorizeUrl,
    clientId,
    redirectUri: redirect,
    state,
    scopes: requested,
    codeVerifier,
    options: provider.options,
  });
  return { authorizationUrl: url, browserBinding };
}

function hostOf(requestOrigin: string): string | null {
  return originOf(requestOrigin) === null ? null : new URL(requestOrigin).host;
}

/** A cookie may hold anything; only a text of our own making is unguessable. */
function bindingOf(cookie: string | undefined): string {
  return cookie !== undefined && isRandomText(cookie) ? cookie : randomText();
}

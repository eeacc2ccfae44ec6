/** Begins an authorization: everything that `complete` will need is stored in one row, and the user goes to the provider. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { authorizationUrl } from '../oauth/request-parameters.js';
import { challengeOfAnswer } from '../oauth/challenge';
import type { TokenCipher } from '../tokens/cipher';
import type { AccountRef } from '../tokens/account-ref';
import type { Opened } from './opened';
import type { Authorization, AuthorizeOptions } from './flow-options';
import { sealFlow } from './flow-seal';
import { incomplete, oauthOf } from './provider';
import { type RedirectOptions, redirectUri } from './redirect-uri';
import { checkedReturnTo, originOf } from './return-to';
import { bindingDigest, digestOf, isRandomText, randomText } from './random-text';

export interface FlowOptions extends RedirectOptions {
  readonly returnOrigins: readonly string[];
  readonly cipher: TokenCipher;
}

export async function beginAuthorization(
  { states, vault, providers }: Opened,
  registry: ConnectionRegistry,
  definition: ConnectionDefinition,
  ref: AccountRef,
  options: AuthorizeOptions,
  flow: FlowOptions,
): Promise<Authorization> {
  const begunAt = performance.now();
  const { requestOrigin, returnTo, browserBinding: cookie, response } = options;
  const { bindToBrowser = cookie !== undefined, newClient = false } = options;
  const redirect = redirectUri(definition.name, oauthOf(definition).redirectUri, requestOrigin, flow);
  const checked =
    returnTo === undefined || returnTo === null ? null : checkedReturnTo(returnTo, flow.returnOrigins);
  const challenge = response === undefined ? null : challengeOfAnswer(response);
  const scopes = [...(options.scopes ?? []), ...(challenge?.scopes ?? [])];
  const tokens = await vault.rows.readServed(ref);
  const request = { redirectUri: redirect, scopes, tokens, newClient, challenge, begunAt };
  const provider = await providers.forFlow(definition, registry, request);
  const { clientId, authorizeUrl, under, scopes: requested } = provider;
  if (clientId === null) throw incomplete(definition.name, 'client_id');
  if (authorizeUrl === null) throw incomplete(definition.name, 'authorize_url');
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
  const sealed = await sealFlow(flow.cipher, digest, beginning, codeVerifier);
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

/** Builds the URL of an authorization request (RFC 6749 section 4.1.1). */
import { createHash } from 'node:crypto';
import type { OAuthOptions } from '../config/definition';
import { joinScopes, resourceParameter } from './token-parameters';

export interface AuthorizationRequest {
  /** Authorization endpoint; its own query parameters are kept. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly scopes: readonly string[];
  /** RFC 7636 section 4.1; null when PKCE is off. */
  readonly codeVerifier: string | null;
  readonly options: OAuthOptions;
}

/** Protocol parameters override `authorize_params`, so that a declaration cannot replace the state or redirect URI. */
export function authorizationUrl(request: AuthorizationRequest): string {
  const { endpoint, clientId, redirectUri, state, scopes, codeVerifier, options } = request;
  const challenge =
    codeVerifier === null ? {} : { code_challenge: challengeOf(codeVerifier), code_challenge_method: 'S256' };
  const parameters = {
    ...options.authorize_params,
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scopes.length > 0 ? { scope: joinScopes(scopes, options) } : {}),
    state,
    ...challenge,
    ...resourceParameter(options.resource),
  };
  const url = new URL(endpoint);
  // Every change of `url.searchParams` would serialize the whole URL again.
  const query = new URLSearchParams(url.search);
  for (const [name, value] of Object.entries(parameters)) query.set(name, value);
  url.search = query.toString();
  return url.href;
}

/** RFC 7636 section 4.2. */
function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

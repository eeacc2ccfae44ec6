/** What requests to an authorization server say: the URL of an authorization, and the parameters of requests for tokens. */
import { createHash } from 'node:crypto';
import type { OAuthOptions } from '../config/definition';

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

/**
 * Parameters that exchange a code for tokens (RFC 6749 section 4.1.3).
 * @param codeVerifier RFC 7636 section 4.5; null when PKCE is off
 */
export function codeParameters(
  options: OAuthOptions,
  code: string,
  redirectUri: string,
  codeVerifier: string | null,
): Record<string, string> {
  return {
    ...options.token_params,
    code,
    redirect_uri: redirectUri,
    ...(codeVerifier === null ? {} : { code_verifier: codeVerifier }),
    ...resourceParameter(options.resource),
  };
}

/**
 * Parameters of a refresh request (RFC 6749 section 6).
 * @param scopes sent only with `"refresh_scope": "requested"`
 */
export function refreshParameters(
  options: OAuthOptions,
  refreshToken: string,
  scopes: readonly string[],
): Record<string, string> {
  const repeatsScopes = options.refresh_scope === 'requested' && scopes.length > 0;
  return {
    ...options.refresh_params,
    refresh_token: refreshToken,
    ...(repeatsScopes ? { scope: joinScopes(scopes, options) } : {}),
    ...resourceParameter(options.resource),
  };
}

function joinScopes(scopes: readonly string[], { scope_separator = ' ' }: OAuthOptions): string {
  return scopes.join(scope_separator);
}

/** RFC 8707 section 2. */
function resourceParameter(resource: string | undefined): { resource?: string } {
  return resource === undefined || resource === 'off' ? {} : { resource };
}

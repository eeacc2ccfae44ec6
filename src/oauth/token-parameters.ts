/** The parameters of a token request, besides the grant type and the client authentication. */
import type { OAuthOptions } from '../config/definition';

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

export function joinScopes(scopes: readonly string[], { scope_separator = ' ' }: OAuthOptions): string {
  return scopes.join(scope_separator);
}

/** RFC 8707 section 2. */
export function resourceParameter(resource: string | undefined): { resource?: string } {
  return resource === undefined || resource === 'off' ? {} : { resource };
}

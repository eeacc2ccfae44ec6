/** What a token request says besides who the client is, as data of the connection has it. */
import type { OAuthDefinition } from '../config/definition';

/** Of a refresh request (RFC 6749 section 6). */
export function refreshParameters(
  { scopes, options }: OAuthDefinition,
  refreshToken: string,
): Record<string, string> {
  const repeatsScopes = options.refresh_scope === 'requested' && scopes.length > 0;
  return {
    ...options.refresh_params,
    refresh_token: refreshToken,
    ...(repeatsScopes ? { scope: scopes.join(options.scope_separator ?? ' ') } : {}),
    ...resourceParameter(options.resource),
  };
}

/** RFC 8707 section 2.2. */
function resourceParameter(resource: string | undefined): { resource?: string } {
  return resource === undefined || resource === 'off' ? {} : { resource };
}

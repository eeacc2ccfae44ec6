/** The address that a user is sent to (RFC 6749 section 4.1.1), as a provider wants it. */
import { createHash } from 'node:crypto';
import type { OAuthOptions } from '../config/definition';
import { joinScopes, resourceParameter } from './token-parameters';

export interface AuthorizationRequest {
  /** Authorization endpoint; a query that it has is kept. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly scopes: readonly string[];
  /** RFC 7636 section 4.1; null where PKCE is off. */
  readonly codeVerifier: string | null;
  readonly options: OAuthOptions;
}

/** What is declared in `authorize_params` takes nobody's place: neither the state's nor the redirect URI's. */
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
  // Each change of `url.searchParams` would write the whole address anew.
  const query = new URLSearchParams(url.search);
  for (const [name, value] of Object.entries(parameters)) query.set(name, value);
  url.search = query.toString();
  return url.href;
}

/** RFC 7636 section 4.2. */
function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

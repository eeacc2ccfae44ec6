/** The address that a user is sent to (RFC 6749 section 4.1.1), as a provider wants it. */
import { calculatePKCECodeChallenge } from 'oauth4webapi';
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
export async function authorizationUrl(request: AuthorizationRequest): Promise<string> {
  const { endpoint, clientId, redirectUri, state, scopes, codeVerifier, options } = request;
  const challenge =
    codeVerifier === null
      ? {}
      : { code_challenge: await calculatePKCECodeChallenge(codeVerifier), code_challenge_method: 'S256' };
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
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** How a client proves itself at a token or revocation endpoint (RFC 6749 section 2.3). */
import type { ClientAuth } from 'oauth4webapi';
import { ClientSecretBasic, ClientSecretPost, None } from 'oauth4webapi';
import type { OAuthOptions } from '../config/definition';

/** A client, its secret in clear: never kept longer than a request. */
export interface OAuthClient {
  readonly id: string;
  /** `null` for a public client. */
  readonly secret: string | null;
}

/**
 * @param method default `client_secret_post`, which more providers take than Basic; a client without a secret is public
 * whatever is said
 */
export function clientAuthentication(
  { secret }: OAuthClient,
  method: OAuthOptions['token_endpoint_auth_method'] = 'client_secret_post',
): ClientAuth {
  if (secret === null || method === 'none') return None();
  if (method === 'client_secret_post') return ClientSecretPost(secret);
  if (method === 'client_secret_basic') return ClientSecretBasic(secret);
  // As RFC 7617 has it, without the encoding that RFC 6749 section 2.3.1 asks for.
  return (_server, client, _body, headers) => {
    const credentials = Buffer.from(`${client.client_id}:${secret}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}

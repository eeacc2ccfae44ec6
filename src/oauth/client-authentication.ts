/** Client authentication at a token or revocation endpoint (RFC 6749 section 2.3). */
import type { ClientAuth } from 'oauth4webapi';
import { ClientSecretBasic, ClientSecretPost, None } from 'oauth4webapi';
import type { OAuthOptions } from '../config/definition';

/** A client with its secret in plain text; do not keep it longer than one request. */
export interface OAuthClient {
  readonly id: string;
  /** `null` for a public client. */
  readonly secret: string | null;
}

/**
 * @param method default `client_secret_post`, which more providers accept than Basic; ignored for a client without a
 * secret, which is public
 */
export function clientAuthentication(
  { secret }: OAuthClient,
  method: OAuthOptions['token_endpoint_auth_method'] = 'client_secret_post',
): ClientAuth {
  if (secret === null || method === 'none') return None();
  if (method === 'client_secret_post') return ClientSecretPost(secret);
  if (method === 'client_secret_basic') return ClientSecretBasic(secret);
  // Plain Basic (RFC 7617), without the form encoding of RFC 6749 section 2.3.1.
  return (_server, client, _body, headers) => {
    const credentials = Buffer.from(`${client.client_id}:${secret}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}

/** Client authentication at a token or revocation endpoint (RFC 6749 section 2.3). */
import type { ClientAuth } from 'oauth4webapi';
import { ClientSecretPost, None } from 'oauth4webapi';
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
  // Both parts are encoded (RFC 6749 section 2.3.1), unless the server is known not to decode them.
  const part = method === 'client_secret_basic' ? formEncoded : (text: string) => text;
  return (_server, { client_id }, _body, headers) => {
    const credentials = Buffer.from(`${part(client_id)}:${part(secret)}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}

/**
 * As browsers encode application/x-www-form-urlencoded, which leaves `*-._` as they are. oauth4webapi encodes these, too, and a
 * server that compares without decoding would refuse ids such as UUIDs.
 */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice('='.length);
}

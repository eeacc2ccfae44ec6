/**
 * Requests to a token endpoint (RFC 6749 section 3.2) and to a revocation endpoint (RFC 7009), with the authentication of the client
 * (RFC 6749 section 2.3).
 */
import type { OAuthOptions } from '../config/definition';
import type { ExchangeOptions, RawAnswer } from './exchange';
import { exchange } from './exchange';
import type { TokenAnswer } from './token-answer';
import { readTokenAnswer } from './token-answer';

/** A client with its secret in plain text; do not keep it longer than one request. */
export interface OAuthClient {
  readonly id: string;
  /** `null` for a public client. */
  readonly secret: string | null;
}

export interface Endpoint {
  readonly url: string;
  readonly client: OAuthClient;
  readonly options: OAuthOptions;
}

/**
 * @param grantType as in RFC 6749 sections 4.1.3 and 6
 * @param parameters besides the grant type and the client authentication
 * @param formerLifetimeMs of the access token that a refresh replaces; null where it did not expire, or none is replaced
 */
export async function requestTokens(
  endpoint: Endpoint,
  grantType: 'authorization_code' | 'refresh_token',
  parameters: Readonly<Record<string, string>>,
  how: ExchangeOptions,
  formerLifetimeMs: number | null = null,
): Promise<TokenAnswer> {
  const { options } = endpoint;
  const sentAt = Date.now();
  const format = options.token_request_format ?? 'form';
  const answer = await send(endpoint, { ...parameters, grant_type: grantType }, format, how);
  return answer === null
    ? { kind: 'transient', retryAfterMs: null }
    : readTokenAnswer(answer, options, sentAt, grantType === 'refresh_token', formerLifetimeMs);
}

/** @returns whether the server has revoked the token, or did not know it (RFC 7009 section 2.2) */
export async function revokeToken(
  endpoint: Endpoint,
  token: string,
  hint: 'access_token' | 'refresh_token',
  how: ExchangeOptions,
): Promise<boolean> {
  const answer = await send(endpoint, { token_type_hint: hint, token }, 'form', how);
  return answer !== null && answer.status >= 200 && answer.status < 300;
}

function send(
  { url, client, options }: Endpoint,
  parameters: Readonly<Record<string, string>>,
  format: 'form' | 'json',
  how: ExchangeOptions,
): Promise<RawAnswer | null> {
  const { inBody, inHeader } = clientAuthentication(client, options.token_endpoint_auth_method);
  const type = format === 'form' ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'application/json';
  const headers = { accept: 'application/json', 'content-type': type, ...inHeader };
  const fields = { ...parameters, ...inBody };
  const body = format === 'form' ? new URLSearchParams(fields).toString() : JSON.stringify(fields);
  return exchange(new URL(url).href, { method: 'POST', headers, body }, how);
}

/**
 * @param method default `client_secret_post`, which more providers accept than Basic; ignored for a client without a
 * secret, which is public
 */
function clientAuthentication(
  { id, secret }: OAuthClient,
  method: OAuthOptions['token_endpoint_auth_method'] = 'client_secret_post',
): {
  readonly inBody?: Readonly<Record<string, string>>;
  readonly inHeader?: Readonly<Record<string, string>>;
} {
  if (secret === null || method === 'none') return { inBody: { client_id: id } };
  if (method === 'client_secret_post') return { inBody: { client_id: id, client_secret: secret } };
  // Both parts are encoded (RFC 6749 section 2.3.1), unless the server is known not to decode them.
  const [user, password] = method === 'client_secret_basic' ? [id, secret].map(formEncode) : [id, secret];
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  return { inHeader: { authorization: `Basic ${credentials}` } };
}

/**
 * As browsers encode application/x-www-form-urlencoded, which leaves `*-._` as they are: a server that compares without decoding
 * would otherwise refuse ids such as UUIDs.
 */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice('='.length);
}

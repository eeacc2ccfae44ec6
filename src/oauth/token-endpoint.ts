/** Requests to a token endpoint (RFC 6749 section 3.2) and to a revocation endpoint (RFC 7009). */
import type { AuthorizationServer } from 'oauth4webapi';
import {
  allowInsecureRequests,
  customFetch,
  genericTokenEndpointRequest,
  revocationRequest,
} from 'oauth4webapi';
import type { OAuthOptions } from '../config/definition';
import type { OAuthClient } from './client-authentication';
import { clientAuthentication } from './client-authentication';
import type { ExchangeOptions, RawAnswer } from './exchange';
import { exchange } from './exchange';
import type { TokenAnswer } from './token-answer';
import { readTokenAnswer } from './token-answer';

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
  { url, client, options }: Endpoint,
  grantType: 'authorization_code' | 'refresh_token',
  parameters: Readonly<Record<string, string>>,
  how: ExchangeOptions,
  formerLifetimeMs: number | null = null,
): Promise<TokenAnswer> {
  const sentAt = Date.now();
  const answer = await answerTo(how, options.token_request_format ?? 'form', (through) =>
    genericTokenEndpointRequest(
      server({ token_endpoint: url }),
      { client_id: client.id },
      clientAuthentication(client, options.token_endpoint_auth_method),
      grantType,
      parameters,
      through,
    ),
  );
  return answer === null
    ? { kind: 'transient', retryAfterMs: null }
    : readTokenAnswer(answer, options, sentAt, grantType === 'refresh_token', formerLifetimeMs);
}

/** @returns whether the server has revoked the token, or did not know it (RFC 7009 section 2.2) */
export async function revokeToken(
  { url, client, options }: Endpoint,
  token: string,
  hint: 'access_token' | 'refresh_token',
  how: ExchangeOptions,
): Promise<boolean> {
  const answer = await answerTo(how, 'form', (through) =>
    revocationRequest(
      server({ revocation_endpoint: url }),
      { client_id: client.id },
      clientAuthentication(client, options.token_endpoint_auth_method),
      token,
      { ...through, additionalParameters: { token_type_hint: hint } },
    ),
  );
  return answer !== null && answer.status >= 200 && answer.status < 300;
}

interface Through {
  [customFetch]: (
    url: string,
    init: { headers: Record<string, string>; body: URLSearchParams },
  ) => Promise<Response>;
  /** An http endpoint is allowed: an operator declared or trusted it. */
  [allowInsecureRequests]: true;
}

/** Returned to oauth4webapi in place of the answer, which it would only pass on. */
const UNREAD = new Response();

/** Builds a request with oauth4webapi and sends it with `exchange`. */
async function answerTo(
  how: ExchangeOptions,
  format: 'form' | 'json',
  request: (through: Through) => Promise<Response>,
): Promise<RawAnswer | null> {
  let answer: RawAnswer | null = null;
  await request({
    [allowInsecureRequests]: true,
    [customFetch]: async (url, { headers, body }) => {
      answer = await exchange(url, { method: 'POST', ...encoded(headers, body, format) }, how);
      return UNREAD;
    },
  });
  return answer;
}

function encoded(headers: Record<string, string>, body: URLSearchParams, format: 'form' | 'json') {
  const accept = { ...headers, accept: 'application/json' };
  if (format === 'form') return { headers: accept, body: body.toString() };
  return {
    headers: { ...accept, 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(body)),
  };
}

/** oauth4webapi requires an issuer but does not use it for these requests. */
function server(endpoint: Partial<AuthorizationServer>): AuthorizationServer {
  return { issuer: 'https://unknown.invalid', ...endpoint };
}

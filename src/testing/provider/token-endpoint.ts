/** Requests for tokens (RFC 6749 section 3.2) and for a revocation (RFC 7009), strictly read. */
import type { OAuthOptions } from '../../config/definition';
import type { KnownClient } from './clients';
import type { Grants, Issued } from './grants';
import type { Lifetimes } from './grants';
import { Refusal } from './refusal';

/** Parameters of a request, each of which occurs once. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** @throws Refusal */
export async function parametersOf(request: Request): Promise<Parameters> {
  if (request.method !== 'POST') throw new Refusal('invalid_request', 'Only POST is served.');
  const text = await request.text();
  const type = request.headers.get('content-type') ?? '';
  if (type.startsWith('application/json')) return JSON.parse(text) as Parameters;
  if (!type.startsWith('application/x-www-form-urlencoded'))
    throw new Refusal('invalid_request', 'The body must be a form.');
  const pairs = [...new URLSearchParams(text)];
  const parameters = Object.fromEntries(pairs);
  if (Object.keys(parameters).length !== pairs.length)
    throw new Refusal('invalid_request', 'A parameter occurs twice.');
  return parameters;
}

/** @throws Refusal */
export function issueTokens(parameters: Parameters, client: KnownClient, grants: Grants): Issued {
  const { grant_type: grantType } = parameters;
  if (grantType === 'authorization_code') {
    const { code = '', redirect_uri: redirectUri = null } = parameters;
    const { code_verifier: verifier = null, resource = null } = parameters;
    return grants.exchange(code, { clientId: client.id, redirectUri, verifier, resource });
  }
  if (grantType === 'refresh_token') {
    const { refresh_token: refreshToken = '' } = parameters;
    return grants.refresh(refreshToken, client.id);
  }
  throw new Refusal('unsupported_grant_type', 'Only codes and refresh tokens are served.');
}

/** What an answer says (RFC 6749 section 5.1), where the connection declares that its provider says it. */
export function tokenAnswer(
  { accessToken, refreshToken, grant }: Issued,
  { lifetimeMs }: Lifetimes,
  { token_path: path, scope_separator: separator = ' ' }: OAuthOptions,
): Response {
  const tokens = {
    access_token: accessToken,
    token_type: 'Bearer',
    ...(lifetimeMs === null ? {} : { expires_in: Math.floor(lifetimeMs / 1000) }),
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
    scope: grant.scopes.join(separator),
  };
  return json(200, nested(path, tokens));
}

/** RFC 6749 section 5.2. */
export function refusalAnswer({ code, message, status }: Refusal, options: OAuthOptions): Response {
  const challenge: Record<string, string> = status === 401 ? { 'www-authenticate': 'Basic' } : {};
  const { error_path: path } = options;
  const body = path === undefined ? { error: code } : nested(path, code);
  return json(status, { ...(body as object), error_description: message }, challenge);
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } });
}

/** @param path as in `authed_user.tokens`; undefined: the value itself */
function nested(path: string | undefined, value: unknown): unknown {
  const keys = path === undefined ? [] : path.split('.');
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

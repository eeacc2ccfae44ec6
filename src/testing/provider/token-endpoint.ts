/** Requests for tokens (RFC 6749 section 3.2) and for a revocation (RFC 7009), strictly read. */
import type { OAuthOptions } from '../../config/definition';
import { isPlainObject } from '../../config/json';
import type { KnownClient } from './clients';
import type { Grants, Issued, Lifetimes } from './grants';
import { Refusal } from './refusal';

/** Parameters of a request, each of which occurs once and has a value. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/**
 * @param takesJson whether a connection declares that its provider takes JSON, too
 * @throws Refusal
 */
export async function parametersOf(request: Request, takesJson: boolean): Promise<Parameters> {
  if (request.method !== 'POST') throw new Refusal('invalid_request', 'Only POST is served.');
  const type = request.headers.get('content-type') ?? '';
  if (takesJson && type.startsWith('application/json')) return textsOf(await objectIn(request));
  if (!type.startsWith('application/x-www-form-urlencoded'))
    throw new Refusal('invalid_request', 'The body must be a form.');
  const pairs = [...new URLSearchParams(await request.text())];
  const parameters = Object.fromEntries(pairs);
  if (Object.keys(parameters).length !== pairs.length)
    throw new Refusal('invalid_request', 'A parameter occurs twice.');
  return textsOf(parameters);
}

/** The object of a JSON body. @throws Refusal */
export async function objectIn(request: Request): Promise<object> {
  const value: unknown = await request.json().catch(() => null);
  if (!isPlainObject(value)) throw new Refusal('invalid_request', 'The body is not a JSON object.');
  return value;
}

/** RFC 6749 section 3.2: a parameter without a value counts as left out. @throws Refusal */
function textsOf(fields: object): Parameters {
  const pairs = Object.entries(fields).filter(([, value]) => value !== '');
  if (pairs.some(([, value]) => typeof value !== 'string'))
    throw new Refusal('invalid_request', 'A parameter is not a text.');
  return Object.fromEntries(pairs);
}

/** @throws Refusal */
export function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined) throw new Refusal('invalid_request', `There is no \`${name}\`.`);
  return value;
}

/** @throws Refusal */
export function issueTokens(
  parameters: Parameters,
  { id: clientId }: KnownClient,
  grants: Grants,
  { scope_separator: separator = ' ' }: OAuthOptions,
): Issued {
  const grantType = required(parameters, 'grant_type');
  const { code_verifier: verifier = null, resource = null, scope } = parameters;
  if (grantType === 'authorization_code') {
    const redirectUri = required(parameters, 'redirect_uri');
    return grants.exchange(required(parameters, 'code'), { clientId, redirectUri, verifier, resource });
  }
  if (grantType === 'refresh_token') {
    const scopes = scope?.split(separator) ?? null;
    return grants.refresh(required(parameters, 'refresh_token'), { clientId, scopes, resource });
  }
  throw new Refusal('unsupported_grant_type', 'Only codes and refresh tokens are served.');
}

/** What an answer says (RFC 6749 section 5.1), where the connection declares that its provider says it. */
export function tokenAnswer(
  { accessToken, refreshToken, scopes }: Issued,
  { lifetimeMs }: Lifetimes,
  { token_path: path, scope_separator: separator = ' ' }: OAuthOptions,
): Response {
  const tokens = {
    access_token: accessToken,
    token_type: 'Bearer',
    ...(lifetimeMs === null ? {} : { expires_in: Math.floor(lifetimeMs / 1000) }),
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
    scope: scopes.join(separator),
  };
  return json(200, nest(path, tokens));
}

/** RFC 6749 section 5.2. */
export function refusalAnswer({ code, message, status }: Refusal, options: OAuthOptions): Response {
  const challenge: Record<string, string> = status === 401 ? { 'www-authenticate': 'Basic' } : {};
  const { error_path: path } = options;
  const body = path === undefined ? { error: code } : nest(path, code);
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
function nest(path: string | undefined, value: unknown): unknown {
  const keys = path === undefined ? [] : path.split('.');
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

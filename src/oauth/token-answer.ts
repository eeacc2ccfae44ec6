/**
 * Interprets the answer of a token endpoint (RFC 6749 sections 5.1 and 5.2), including the deviations of providers. A
 * 2xx answer with an access token always counts as success, even with an error beside it: the refresh token that was
 * sent may be spent. No text of an answer goes into a message, except the error codes of the RFCs.
 */
import type { JsonObject, JsonValue, OAuthOptions } from '../config/definition';
import { capture } from './capture';
import { isObject, valueAt } from './json';
import type { RawAnswer } from './exchange';
import { isPrintable, isScope, LATEST_MS } from './limits';
import { type Refusal, meaningOf } from './token-errors';
import { expiryOf } from './token-lifetime';

/** The tokens of a successful answer (RFC 6749 section 5.1). */
export interface IssuedTokens {
  readonly accessToken: string;
  /** `undefined` when the answer has none: the previous one stays in use (RFC 6749 section 6). */
  readonly refreshToken: string | undefined;
  readonly tokenType: string | null;
  /** Granted scopes; `undefined` when the answer does not list them, which means that they are those requested. */
  readonly scopes: readonly string[] | undefined;
  /** As `expiryOf` reads it; `null` for a token that does not expire. */
  readonly expiresAt: Date | null;
  /** Captured fields of the answer; `undefined` keeps the stored ones. */
  readonly providerMetadata: JsonObject | undefined;
}

export type TokenAnswer<Tokens = IssuedTokens> =
  | { readonly kind: 'tokens'; readonly tokens: Tokens }
  /** The outcome is unknown and may differ next time: a time-out, a network error, 429, 5xx. */
  | { readonly kind: 'transient'; readonly retryAfterMs: number | null }
  /** RFC 6749 section 5.2: the grant has ended. */
  | { readonly kind: 'invalid_grant' }
  /**
   * The client, the endpoint or the request is wrong, and stays wrong until an operator fixes it. With a `cause` no request
   * was made: the declaration or the client secret is at fault. `isClientForgotten`: the server refuses the client that it
   * registered, so that the user is the one who can do something about it.
   */
  | {
      readonly kind: 'misconfigured';
      readonly error: Refusal;
      /** Of the answer. */
      readonly status?: number;
      readonly cause?: unknown;
      readonly isClientForgotten?: true;
    };

export type TokenAnswerOptions = Pick<
  OAuthOptions,
  'token_path' | 'error_path' | 'grant_ended_errors' | 'default_expires_in' | 'capture' | 'scope_separator'
>;

/**
 * @param options deviations of this provider
 * @param now milliseconds since the epoch when the request was sent, so that a slow answer does not extend the lifetime
 * @param isRefresh whether the request was a refresh: some providers then put the tokens elsewhere
 * @param formerLifetimeMs how long the token lived that a refresh replaces; null where it did not expire, or none is replaced
 */
export function readTokenAnswer(
  raw: RawAnswer,
  options: TokenAnswerOptions,
  now: number,
  isRefresh = false,
  formerLifetimeMs: number | null = null,
): TokenAnswer {
  const { status } = raw;
  if (status === 408 || status === 425 || status === 429 || status >= 500) return transient(raw, now);
  if (status >= 300 && status < 400) return { kind: 'misconfigured', error: 'redirect', status };
  const body = bodyOf(raw);
  const error = errorOf(body, options);
  if (status >= 200 && status < 300) {
    const tokens = tokensOf(body, options, now, isRefresh, formerLifetimeMs);
    if (tokens) return { kind: 'tokens', tokens };
    return error === null ? transient(raw, now) : answerOfError(error, raw, options, now, isRefresh);
  }
  if (error !== null) return answerOfError(error, raw, options, now, isRefresh);
  const isMissing = status === 404 || status === 405 || status === 410;
  return { kind: 'misconfigured', error: isMissing ? 'not_found' : 'no_error', status };
}

function answerOfError(
  error: string,
  raw: RawAnswer,
  options: TokenAnswerOptions,
  now: number,
  isRefresh: boolean,
): TokenAnswer {
  const meaning = meaningOf(error, isRefresh, options.grant_ended_errors);
  if (meaning === 'grant_ended') return { kind: 'invalid_grant' };
  if (meaning === 'transient') return transient(raw, now);
  return { kind: 'misconfigured', error: meaning, status: raw.status };
}

function transient({ retryAfter }: RawAnswer, now: number): TokenAnswer {
  return { kind: 'transient', retryAfterMs: retryAfter === null ? null : waitOf(retryAfter, now) };
}

function waitOf(retryAfter: string, now: number): number | null {
  const until = /^\d+$/.test(retryAfter.trim()) ? now + Number(retryAfter) * 1000 : Date.parse(retryAfter);
  return Number.isNaN(until) ? null : Math.max(Math.min(until, LATEST_MS) - now, 0);
}

/** JSON, or a form, which some providers send whatever `accept` says. */
function bodyOf({ body, contentType }: RawAnswer): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : {};
  } catch {
    const isForm =
      contentType?.includes('form-urlencoded') === true || /^[\w.%+-]+=[^<{\s]*$/.test(body.trim());
    return isForm ? Object.fromEntries(new URLSearchParams(body.trim())) : {};
  }
}

/** A text; at a declared path also a number, with which some providers name their errors. */
function errorOf(body: JsonObject, { error_path }: TokenAnswerOptions): string | null {
  const found = valueAt(body, error_path ?? 'error') ?? body['error'];
  if (typeof found === 'number' && error_path !== undefined) return String(found);
  if (typeof found === 'string' && found !== '') return found;
  return isObject(found) && typeof found['code'] === 'string' ? found['code'] : null;
}

function tokensOf(
  body: JsonObject,
  options: TokenAnswerOptions,
  now: number,
  isRefresh: boolean,
  formerMs: number | null,
): IssuedTokens | null {
  const told = options.token_path === undefined ? body : valueAt(body, options.token_path);
  const places = isRefresh ? [told, body] : [told];
  const holder = places.filter(isObject).find((place) => text(place['access_token']) !== undefined);
  const accessToken = holder && text(holder['access_token']);
  if (!holder || accessToken === undefined) return null;
  const known = { declaredSeconds: options.default_expires_in, formerMs };
  return {
    accessToken,
    refreshToken: text(holder['refresh_token']),
    tokenType: tokenTypeOf(holder['token_type']),
    scopes: scopesOf(holder['scope'], options.scope_separator),
    expiresAt: expiryOf(holder['expires_in'], accessToken, known, now),
    providerMetadata: capture(body, options.capture),
  };
}

function scopesOf(value: JsonValue | undefined, separator: string | undefined): string[] | undefined {
  // Some providers take scopes separated by spaces and answer with commas.
  const isListed = separator === undefined && typeof value === 'string' && !/\s/.test(value.trim());
  const between = isListed ? ',' : separator === undefined || separator === ' ' ? /\s+/ : separator;
  const scopes = typeof value === 'string' ? value.split(between) : Array.isArray(value) ? value : [];
  const named = scopes.flatMap((scope) => {
    const name = typeof scope === 'string' ? scope.trim() : '';
    return isScope(name) ? [name] : [];
  });
  return named.length > 0 ? named : undefined;
}

/** Types whose access tokens are not sent as Bearer tokens: RFC 9449, MAC, RFC 8693 section 2.2.1. */
const OTHER_TYPES: ReadonlySet<string> = new Set(['dpop', 'mac', 'n_a']);
const MAX_TOKEN_TYPE = 255;

/** A type that matters, without control characters and spaces; other text as it is, or null if it has control characters or is too long. */
function tokenTypeOf(value: JsonValue | undefined): string | null {
  const told = text(value);
  if (told === undefined) return null;
  const plain = told.replace(/[\p{Cc}\s]/gu, '');
  if (OTHER_TYPES.has(plain.toLowerCase())) return plain;
  return told.length > MAX_TOKEN_TYPE || /\p{Cc}/u.test(told) ? null : told;
}

/**
 * Whether an access token can be sent as a Bearer token (RFC 6750): it is printable ASCII (RFC 6749 appendix A.12), and its
 * type is absent or any but DPoP, MAC and N_A.
 */
export function isBearer({
  accessToken,
  tokenType,
}: Pick<IssuedTokens, 'accessToken' | 'tokenType'>): boolean {
  return isPrintable(accessToken) && !OTHER_TYPES.has((tokenType ?? '').trim().toLowerCase());
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

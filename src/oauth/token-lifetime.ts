/**
 * Reads when an access token expires: what the answer says, and what is known where it does not say. An instant is taken for
 * plausible within ten years of now.
 */
import type { JsonValue } from '../config/definition';
import { parseObject } from './json';
import { LATEST_MS } from './limits';

/** What is known of a token besides the `expires_in` of its answer. */
export interface KnownLifetime {
  /** `default_expires_in` of the declaration, in seconds. */
  readonly declaredSeconds: number | undefined;
  /** How long the token lived that a refresh replaces, in milliseconds; null where it did not expire, or none is replaced. */
  readonly formerMs: number | null;
}

const PLAUSIBLE_MS = 10 * 365 * 86_400_000;

/**
 * @param expiresIn as the answer has it (RFC 6749 section 5.1)
 * @param accessToken asked for its `exp` where nothing is said or declared (RFC 9068 section 2.2)
 * @param now milliseconds since the epoch
 * @returns null for a token that does not expire
 */
export function expiryOf(
  expiresIn: JsonValue | undefined,
  accessToken: string,
  { declaredSeconds, formerMs }: KnownLifetime,
  now: number,
): Date | null {
  const expiry =
    toldExpiry(expiresIn, now) ??
    (declaredSeconds === undefined ? undefined : now + declaredSeconds * 1000) ??
    expOf(accessToken, now) ??
    (formerMs !== null && formerMs > 0 ? now + formerMs : undefined);
  return expiry === undefined ? null : new Date(Math.min(expiry, LATEST_MS));
}

/**
 * A number of seconds, also as text and with an `s` behind it; or, where it makes a plausible one, an instant in seconds or
 * milliseconds since the epoch, which some providers send by mistake. Undefined for anything else, zero, and what has passed.
 */
function toldExpiry(value: JsonValue | undefined, now: number): number | undefined {
  const told = typeof value === 'string' ? numberIn(value) : value;
  if (typeof told !== 'number' || !(told > 0)) return undefined;
  const instant = [told * 1000, told].find((ms) => Math.abs(ms - now) < PLAUSIBLE_MS);
  if (instant === undefined) return now + told * 1000;
  return instant > now ? instant : undefined;
}

function numberIn(text: string): number | undefined {
  const digits = text.trim().replace(/s$/, '').trimEnd();
  return digits === '' ? undefined : Number(digits);
}

/** The `exp` of a token that is a JWT, which is decoded and not verified: the API does that. */
function expOf(accessToken: string, now: number): number | undefined {
  const parts = accessToken.split('.', 4);
  if (parts.length !== 3) return undefined;
  const claims = parseObject(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
  const exp = claims?.['exp'];
  const expiry = typeof exp === 'number' ? exp * 1000 : Number.NaN;
  return expiry > now && expiry - now < PLAUSIBLE_MS ? expiry : undefined;
}

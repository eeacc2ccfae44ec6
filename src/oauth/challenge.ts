/** What a Bearer challenge asks for (RFC 6750 section 3, RFC 9728 section 5.1). */
import { boundedScopes, MAX_ADDRESS } from './limits';

export interface Challenge {
  /** URL of the protected resource's metadata; `null` when the challenge names none, or one of over 2,048 characters. */
  readonly resourceMetadata: string | null;
  /** `null` when the challenge names none, or more than are accepted (`boundedScopes`). */
  readonly scopes: readonly string[] | null;
  /** The error code, as in `insufficient_scope`; `null` when the challenge names none, or an invalid one. */
  readonly error: string | null;
}

/** RFC 6750 section 3. */
const ERROR = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}$/;

/** @param header `WWW-Authenticate`; null when there is none */
export function bearerChallenges(header: string | null): readonly Challenge[] {
  return readChallenges(header ?? '')
    .filter(({ scheme }) => scheme === 'bearer')
    .map(({ parameters }) => challengeOf(parameters));
}

/**
 * The Bearer challenge that says most about where to get a token.
 * @param header `WWW-Authenticate`; null when there is none
 * @returns the first that names its metadata, else the first with scopes, else the first; null when there is none
 */
export function readChallenge(header: string | null): Challenge | null {
  const challenges = bearerChallenges(header);
  return (
    challenges.find(({ resourceMetadata }) => resourceMetadata !== null) ??
    challenges.find(({ scopes }) => scopes !== null) ??
    challenges[0] ??
    null
  );
}

/** The challenge of an answer that refuses a token or its scopes; null for any other answer. */
export function challengeOfAnswer({
  status,
  headers,
}: Pick<Response, 'status' | 'headers'>): Challenge | null {
  return status === 401 || status === 403 ? readChallenge(headers.get('www-authenticate')) : null;
}

function challengeOf(parameters: ReadonlyMap<string, string>): Challenge {
  const resourceMetadata = parameters.get('resource_metadata') ?? null;
  const error = parameters.get('error') ?? null;
  return {
    resourceMetadata:
      resourceMetadata !== null && resourceMetadata.length <= MAX_ADDRESS ? resourceMetadata : null,
    scopes: boundedScopes((parameters.get('scope') ?? '').split(/\s+/)),
    error: error !== null && ERROR.test(error) ? error : null,
  };
}

/** A challenge of any scheme (RFC 9110 section 11.6.1). */
export interface SchemeChallenge {
  /** In lower case. */
  readonly scheme: string;
  /** `null` where the scheme has parameters, or nothing. */
  readonly token68: string | null;
  /** By their names in lower case; the first of each counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

// Each is tried once at a place and repeats one kind of character, or two that exclude each other: the time is linear.
const BETWEEN = /[\s,]*/y;
const SPACE = /\s+/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[0-9A-Za-z._~+/-]+=*(?=\s*(?:,|$))/y;
const EQUALS = /\s*=\s*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
// Wider than a token: servers write addresses without quotation marks.
const PLAIN = /[^\s,"]+(?=[\s,]|$)/y;
const TO_COMMA = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/y;

/** In characters; of a longer header, only the challenges and parameters that end before it are read. */
const MAX_LENGTH = 8_000;

/**
 * Reads the challenges of a `WWW-Authenticate` header (RFC 9110 sections 5.6 and 11.6.1), skipping broken ones:
 * what breaks the grammar is skipped up to the next comma outside quotation marks. Two faults are tolerated: a parameter
 * without a value, and parameters without a comma between them.
 * @param header one field, or several that are joined by commas
 */
export function readChallenges(header: string): readonly SchemeChallenge[] {
  const text = withinLimit(header);
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    at += match?.[0].length ?? 0;
    return match;
  };
  const challenges: { scheme: string; token68: string | null; parameters: Map<string, string> }[] = [];
  for (let isFirst = true; ; isFirst = false) {
    const between = take(BETWEEN)?.[0] ?? '';
    const name = take(TOKEN)?.[0].toLowerCase();
    const last = challenges.at(-1);
    if (name !== undefined && (isFirst || between !== '') && take(EQUALS)) {
      const value = take(QUOTED)?.[1]?.replace(/\\(.)/g, '$1') ?? take(PLAIN)?.[0];
      if (value !== undefined) {
        // What looked like a token68 was a parameter without a value, since parameters follow it.
        if (last?.token68?.endsWith('=')) last.token68 = null;
        if (last?.token68 === null && !last.parameters.has(name)) last.parameters.set(name, value);
        continue;
      }
    } else if (name !== undefined && (isFirst || between.includes(','))) {
      const start = at;
      const token68 = take(SPACE) && take(TOKEN68);
      challenges.push({ scheme: name, token68: token68?.[0] ?? null, parameters: new Map() });
      if (!token68) at = start;
      continue;
    }
    // Nothing left to skip: the end of the text, or an unclosed quotation mark.
    if (!take(TO_COMMA) && text[at] !== ',') return challenges;
  }
}

/** Cut at a comma, so that no value is cut. */
function withinLimit(header: string): string {
  if (header.length <= MAX_LENGTH) return header;
  return header.slice(0, Math.max(header.lastIndexOf(',', MAX_LENGTH), 0));
}

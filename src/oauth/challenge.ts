/** Parses the Bearer challenge of a `WWW-Authenticate` header (RFC 6750 section 3, RFC 9728 section 5.1). */
import { MAX_ADDRESS } from './limits';
import { boundedScopes } from './scopes';

export interface Challenge {
  /** URL of the protected resource's metadata; `null` when the challenge names none, or one of over 2,048 characters. */
  readonly resourceMetadata: string | null;
  /** `null` when the challenge names none, or more than are accepted (`boundedScopes`). */
  readonly scopes: readonly string[] | null;
  /** The error code, as in `insufficient_scope`; `null` when the challenge names none, or an invalid one. */
  readonly error: string | null;
}

// Each is tried once at a place and repeats one kind of character, or two that exclude each other: the time is linear.
const SEPARATORS = /[\s,]*/y;
const NAME = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const EQUALS = /\s*=\s*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const PLAIN = /[^\s,"]*/y;
const END = /[\s,]|$/y;

/** In characters; the rest of a longer header is ignored. */
const MAX_LENGTH = 8_000;
/** RFC 6750 section 3. */
const ERROR = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}$/;

/** @returns the first Bearer challenge, or null when there is none */
export function readChallenge(header: string | null): Challenge | null {
  const found = bearerParameters((header ?? '').slice(0, MAX_LENGTH));
  if (!found) return null;
  const resourceMetadata = found.get('resource_metadata') ?? null;
  const error = found.get('error') ?? null;
  return {
    resourceMetadata:
      resourceMetadata !== null && resourceMetadata.length <= MAX_ADDRESS ? resourceMetadata : null,
    scopes: boundedScopes((found.get('scope') ?? '').split(/\s+/)),
    error: error !== null && ERROR.test(error) ? error : null,
  };
}

/** Parameters by their names in lower case; the first of each counts. */
function bearerParameters(header: string): ReadonlyMap<string, string> | null {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    at += match?.[0].length ?? 0;
    return match;
  };
  let scheme = '';
  let found: Map<string, string> | null = null;
  for (;;) {
    take(SEPARATORS);
    const name = take(NAME)?.[0].toLowerCase();
    if (name === undefined) return found;
    if (take(EQUALS)) {
      const quoted = take(QUOTED)?.[1]?.replace(/\\(.)/g, '$1');
      const value = quoted ?? take(PLAIN)?.[0] ?? '';
      if (scheme === 'bearer' && found && !found.has(name)) found.set(name, value);
    } else {
      if (found) return found;
      scheme = name;
      if (scheme === 'bearer') found = new Map();
    }
    if (!take(END)) return found;
  }
}

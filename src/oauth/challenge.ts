/** Parses the Bearer challenge of a `WWW-Authenticate` header (RFC 6750 section 3, RFC 9728 section 5.1). */
import { boundedScopes } from './scopes';

export interface Challenge {
  /** URL of the protected resource's metadata; `null` when the challenge names none, or one of over 2,048 characters. */
  readonly resourceMetadata: string | null;
  /** `null` when the challenge names none, or more than are accepted (`boundedScopes`). */
  readonly scopes: readonly string[] | null;
  /** The error code, as in `insufficient_scope`; `null` when the challenge names none, or an invalid one. */
  readonly error: string | null;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `^(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}[^,\\s]*))\\s*(?:,\\s*|$|\\s+)`,
);
const SCHEME = new RegExp(`^(${TOKEN})(?:\\s+|$|,\\s*)`);

/**
 * In characters; the rest of a longer header is ignored. The patterns above take linear time at each place, since what may
 * follow a repetition is not in it, and the loop begins at most once at each place.
 */
const MAX_LENGTH = 8_000;
const MAX_ADDRESS = 2_048;
/** RFC 6750 section 3. */
const ERROR = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}$/;

/** @returns the first Bearer challenge, or null when there is none */
export function readChallenge(header: string | null): Challenge | null {
  let rest = (header ?? '').slice(0, MAX_LENGTH).trim();
  let scheme = '';
  let found: Map<string, string> | null = null;
  while (rest !== '') {
    const parameter = PARAMETER.exec(rest);
    if (parameter) {
      const [all, name = '', quoted, plain = ''] = parameter;
      const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
      if (scheme === 'bearer' && found && !found.has(name.toLowerCase()))
        found.set(name.toLowerCase(), value);
      rest = rest.slice(all.length);
      continue;
    }
    const next = SCHEME.exec(rest);
    if (!next) break;
    if (found) break;
    scheme = (next[1] ?? '').toLowerCase();
    if (scheme === 'bearer') found = new Map();
    rest = rest.slice(next[0].length);
  }
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

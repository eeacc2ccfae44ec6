/** What single values from a server may be: texts and scopes (RFC 6749 appendix A), addresses and instants. */

/** The last instant that the tables can hold, in milliseconds since the epoch. */
export const LATEST_MS = Date.UTC(9999, 11, 31);

/** Of a URL, in characters; servers refuse requests with longer ones. */
export const MAX_ADDRESS = 2_048;

const PRINTABLE = /^[\x20-\x7e]+$/;

/** Whether a text is 1*VSCHAR (RFC 6749 appendix A), as client ids, secrets and tokens are. */
export function isPrintable(text: string, limit = Infinity): boolean {
  return text.length <= limit && PRINTABLE.test(text);
}

/** RFC 6749 section 3.3 and appendix A.4. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const MAX_SCOPES = 100;
/** In characters, with a space between two. */
const MAX_SCOPES_LENGTH = 4_000;

export function isScope(text: string): boolean {
  return SCOPE.test(text);
}

/**
 * The valid scopes of a list that a server names.
 * @returns null when there are none, more than 100, or more than 4,000 characters in all
 */
export function boundedScopes(scopes: readonly string[]): readonly string[] | null {
  const valid = scopes.filter(isScope);
  if (valid.length === 0 || valid.length > MAX_SCOPES) return null;
  return valid.join(' ').length > MAX_SCOPES_LENGTH ? null : valid;
}

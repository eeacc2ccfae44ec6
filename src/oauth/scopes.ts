/** Scopes from outside: which ones are valid, and how many a server may name (RFC 6749 section 3.3 and appendix A.4). */

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const MAX_SCOPES = 100;
/** In characters, with a space between two. */
const MAX_LENGTH = 4_000;

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
  return valid.join(' ').length > MAX_LENGTH ? null : valid;
}

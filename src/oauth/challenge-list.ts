/** Reads the challenges of a `WWW-Authenticate` header, as RFC 9110 sections 5.6 and 11.6.1 have them. */

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

/** In characters; of a longer header, only the challenges and parameters that end before it are read. */
const MAX_LENGTH = 8_000;

/**
 * @param header one field, or several that are joined by commas
 * @returns the challenges before the first fault, the last of them with its parameters before the fault
 */
export function readChallenges(header: string): readonly SchemeChallenge[] {
  const text = bounded(header);
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    at += match?.[0].length ?? 0;
    return match;
  };
  const challenges: { scheme: string; token68: string | null; parameters: Map<string, string> }[] = [];
  let isScheme = false;
  for (;;) {
    const between = take(BETWEEN)?.[0] ?? '';
    const isApart = challenges.length === 0 || between.includes(',');
    const name = take(TOKEN)?.[0].toLowerCase();
    if (name === undefined) return challenges;
    if (take(EQUALS)) {
      const last = challenges.at(-1);
      const value = take(QUOTED)?.[1]?.replace(/\\(.)/g, '$1') ?? take(PLAIN)?.[0];
      const isFollowing = isApart || (isScheme && between !== '');
      if (!last || last.token68 !== null || value === undefined || !isFollowing) return challenges;
      if (!last.parameters.has(name)) last.parameters.set(name, value);
      isScheme = false;
    } else {
      if (!isApart) return challenges;
      const start = at;
      const token68 = take(SPACE) && take(TOKEN68);
      challenges.push({ scheme: name, token68: token68?.[0] ?? null, parameters: new Map() });
      if (!token68) at = start;
      isScheme = !token68;
    }
  }
}

/** Cut at a comma, so that no value is cut. */
function bounded(header: string): string {
  if (header.length <= MAX_LENGTH) return header;
  return header.slice(0, Math.max(header.lastIndexOf(',', MAX_LENGTH), 0));
}

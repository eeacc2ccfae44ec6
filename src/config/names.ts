/**
 * Which names a connection may have, each by itself and all of them together, and in what order they stand.
 * Decides acceptance and order only; never changes a name.
 */
import { quoteSome } from '../errors';
import type { ConfigProblemCode } from './fault';
import type { ConfigProblem } from './problems';
import { ROOT, formatPath } from './problems';

const MAX_NAME_LENGTH = 255;
const MAX_OTHERS_SHOWN = 3;

/**
 * The problems with the names of a document: those no table can hold, and those that differ only by case.
 *
 * @param names each once, as declared
 * @param repeated the names that the text declares twice
 */
export function nameProblems(names: readonly string[], repeated: ReadonlySet<string>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const byFolded = new Map<string, string[]>();
  for (const name of names) {
    const objection = objectionTo(name);
    if (objection !== undefined) {
      problems.push(problem('invalid_name', name, objection));
    } else {
      const folded = name.normalize('NFC').toLowerCase();
      byFolded.set(folded, [...(byFolded.get(folded) ?? []), name]);
    }
    if (repeated.has(name)) {
      problems.push(problem('duplicate_name', name, 'found the name twice; each name may be declared once'));
    }
  }
  for (const alike of byFolded.values()) {
    if (alike.length === 1) continue;
    for (const name of alike) problems.push(problem('duplicate_name', name, alikeMessage(name, alike)));
  }
  return problems;
}

function objectionTo(name: string): string | undefined {
  if (name === '') {
    return 'found an empty name; a name has 1 to 255 characters';
  }
  if (name.length > MAX_NAME_LENGTH) {
    return `found a name of ${name.length} characters; a name has 1 to ${MAX_NAME_LENGTH} characters`;
  }
  if (name === '__proto__') {
    return 'found the name "__proto__"; any other name is allowed';
  }
  if (/\p{Cs}/u.test(name)) {
    return 'found a lone surrogate in the name; names must be well-formed Unicode';
  }
  if (/\p{Cc}/u.test(name)) {
    return 'found a control character in the name; names must not contain one';
  }
  if (name.trim() !== name) {
    return 'found white space around the name; it must not begin or end with any';
  }
  return undefined;
}

function alikeMessage(name: string, alike: readonly string[]): string {
  const others = alike.filter((other) => other !== name);
  const list = quoteSome(others, MAX_OTHERS_SHOWN);
  return `found names that differ from this one only by case: ${list}; names must differ by more than that`;
}

function problem(code: ConfigProblemCode, name: string, message: string): ConfigProblem {
  return { severity: 'error', code, path: formatPath([ROOT, name]), connection: name, message };
}

/** In characters, once it is encoded. */
const MAX_IN_PATH = 120;

/**
 * Whether a name can be one segment of a path, so that its connection has a redirect URI of its own. Proxies and frameworks
 * decode or resolve the others.
 */
export function fitsPath(name: string): boolean {
  if (/^\.{1,2}$|[/\\%\p{Cs}]/u.test(name)) return false;
  return encodeURIComponent(name).length <= MAX_IN_PATH;
}

/** The order in which connections are written and listed, the same on every machine. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

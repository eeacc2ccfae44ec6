/**
 * Cuts the members whose names look like secrets out of a JSON text by their positions, so that all else, such as numbers
 * that JavaScript cannot hold, stays as it was written. Without recursion: a text may be nested as deeply as it is long.
 */
import { looksSecret } from '../../config/secret-names';

export interface CutText {
  readonly text: string;
  /** Of the members that were cut out. */
  readonly names: readonly string[];
}

interface Container {
  readonly isObject: boolean;
  /** Where the member begins that is being read. */
  start: number;
  isName: boolean;
  isSecret: boolean;
  /** Whether a member before this one stays. */
  hasKept: boolean;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly instead: string;
}

/** Strings and what separates them; numbers and the like decide nothing. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** @returns undefined when the text is no JSON; texts in it that are JSON are searched too, but not the texts in those */
export function cutSecrets(text: string): CutText | undefined {
  return isJson(text) ? cut(text, 0) : undefined;
}

/** @param depthAround how many objects and lists the text is in */
function cut(text: string, depthAround: number, isInner = false): CutText {
  const edits: Edit[] = [];
  const names: string[] = [];
  const open: Container[] = [];
  /** The object whose secret member is being skipped. */
  let secretOf: Container | undefined;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const inside = open.at(-1);
    if (token === '{' || token === '[') {
      const isObject = token === '{';
      open.push({ isObject, start: index + 1, isName: isObject, isSecret: false, hasKept: false });
    } else if (token === ',' || token === '}' || token === ']') {
      if (inside?.isObject) {
        if (inside.isSecret) edits.push(withoutMember(inside, index, token === ','));
        else inside.hasKept = true;
        if (secretOf === inside) secretOf = undefined;
        Object.assign(inside, { start: index + 1, isName: true, isSecret: false });
      }
      if (token !== ',') open.pop();
    } else if (inside?.isName) {
      inside.isName = false;
      const name = JSON.parse(token) as string;
      if (secretOf || !looksSecret(name, depthAround + open.length > 1)) continue;
      inside.isSecret = true;
      secretOf = inside;
      names.push(name);
    } else if (!secretOf && !isInner && token.includes('{')) {
      const inner = JSON.parse(token) as string;
      const rest = isJson(inner) ? cut(inner, open.length, true) : undefined;
      if (!rest || rest.names.length === 0) continue;
      names.push(...rest.names);
      edits.push({ from: index, to: index + token.length, instead: JSON.stringify(rest.text) });
    }
  }
  return { text: applyEdits(text, edits), names };
}

/** Removes one comma with the member: the one before it if an earlier member stays, else the one after it. */
function withoutMember({ start, hasKept }: Container, end: number, isComma: boolean): Edit {
  return {
    from: hasKept ? start - 1 : start,
    to: !hasKept && isComma ? end + 1 : end,
    instead: '',
  };
}

/** @param edits in their order, apart from each other */
function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let position = 0;
  for (const { from, to, instead } of edits) {
    parts.push(text.slice(position, from), instead);
    position = to;
  }
  return parts.join('') + text.slice(position);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

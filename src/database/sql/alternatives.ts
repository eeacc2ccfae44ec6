/** A lookup of several keys as one SELECT whose conditions are joined by OR, with `?` placeholders. */
import type { LookupQuery } from '../dialect';
import type { Statement } from '../statement';

/**
 * Repeats the last key up to the next power of two, so that few different texts are prepared.
 * @param keys at least one
 */
export function amongAlternatives(
  query: LookupQuery,
  keys: readonly (readonly string[])[],
): Required<Statement> {
  if (keys.length === 1) return { sql: textOf(query, 1), parameters: keys[0] ?? [] };
  const count = 2 ** Math.ceil(Math.log2(keys.length));
  const padding = Array.from({ length: count - keys.length }, () => keys.at(-1) ?? []);
  return { sql: textOf(query, count), parameters: [...keys, ...padding].flat() };
}

const texts = new WeakMap<LookupQuery, Map<number, string>>();

function textOf(query: LookupQuery, count: number): string {
  const known = texts.get(query) ?? new Map<number, string>();
  const found = known.get(count);
  if (found !== undefined) return found;
  texts.set(query, known);
  const one = () => `(${query.key.map((column) => `${column} = ?`).join(' AND ')})`;
  const text = `${query.select} WHERE ${Array.from({ length: count }, one).join(' OR ')}`;
  known.set(count, text);
  return text;
}

/**
 * Conditions on keys with `?` placeholders, for engines that take no arrays and use no index for row comparisons. Lists are
 * padded to a power of two, so that few different texts are prepared.
 */
import type { LookupQuery } from '../dialect';
import type { Bind, Statement } from '../statement';

/**
 * A lookup of several keys as one SELECT whose conditions are joined by OR.
 * @param keys at least one; the last is repeated
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

/** Longer lists are rare, and padding them could exceed the number of placeholders that an engine accepts. */
const MOST_PADDED = 1_024;

/** The last value is repeated. */
export function inList(column: string, given: readonly string[], value: Bind): string {
  const isPadded = given.length <= MOST_PADDED;
  const count = isPadded ? 2 ** Math.ceil(Math.log2(Math.max(given.length, 1))) : given.length;
  const padded = Array.from(
    { length: count },
    (_, index) => given[Math.min(index, given.length - 1)] ?? null,
  );
  return `${column} IN (${padded.map(value).join(', ')})`;
}

/** The first condition is implied by the second; it is there so that an index range scan can start at it. */
export function afterBoth(
  [first, second]: readonly [string, string],
  [most, last]: readonly [string, string],
  value: Bind,
): string {
  return `${first} >= ${value(most)} AND (${first} > ${value(most)} OR ${second} > ${value(last)})`;
}

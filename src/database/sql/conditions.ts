/** Conditions for engines that take no arrays, and whose comparisons of rows use no index. */

type Value = (given: unknown) => string;

/** Longer lists come seldom, and would come near the most placeholders that an engine takes. */
const MOST_PADDED = 1_024;

/** Repeats the last value up to the next power of two, so that few different texts are prepared. */
export function inList(column: string, given: readonly string[], value: Value): string {
  const isPadded = given.length <= MOST_PADDED;
  const count = isPadded ? 2 ** Math.ceil(Math.log2(Math.max(given.length, 1))) : given.length;
  const padded = Array.from(
    { length: count },
    (_, index) => given[Math.min(index, given.length - 1)] ?? null,
  );
  return `${column} IN (${padded.map(value).join(', ')})`;
}

/** The first condition, which the second repeats for most rows, is the one that an index begins at. */
export function afterBoth(
  [first, second]: readonly [string, string],
  [most, last]: readonly [string, string],
  value: Value,
): string {
  return `${first} >= ${value(most)} AND (${first} > ${value(most)} OR ${second} > ${value(last)})`;
}

/** A lookup as one `SELECT` with an alternative for each key, with `?` placeholders. */
import type { LookupQuery } from '../lookup';
import type { Statement } from '../script';

/**
 * The last key is repeated up to the next power of two, so that few different texts are prepared.
 * @param keys at least one
 */
export function amongAlternatives(
  { select, key }: LookupQuery,
  keys: readonly (readonly string[])[],
): Required<Statement> {
  const count = 2 ** Math.ceil(Math.log2(keys.length));
  const padding = Array.from({ length: count - keys.length }, () => keys.at(-1) ?? []);
  const one = `(${key.map((column) => `${column} = ?`).join(' AND ')})`;
  return {
    sql: `${select} WHERE ${Array.from({ length: count }, () => one).join(' OR ')}`,
    parameters: [...keys, ...padding].flat(),
  };
}

/** Builds INSERT statements from rows, in chunks within every engine's limits. */
import { chunksOf } from '../chunks';
import type { RowBatch } from '../dialect';
import { doubleQuoted } from '../names';
import type { Statement } from '../statement';

/** Size of a VALUES list: within the limits on parameters and on the length of a statement. */
const VALUES_LIST = { items: 500 };

/**
 * INSERT statements of several rows each, with `?` placeholders.
 * @param batch booleans are sent as 0 and 1
 * @param escape quotes a column's name
 * @param tail SQL after the VALUES; default none
 */
export function valuesLists(batch: RowBatch, escape: (name: string) => string, tail = ''): Statement[] {
  return chunksOf(batch.rows, rowLength, VALUES_LIST).map((rows) => valuesList(batch, rows, escape, tail));
}

/** One INSERT for each row, all with the same text, for a driver that prepares it once and sends without a network. */
export function* rowByRow(
  batch: RowBatch,
  escape: (name: string) => string,
  tail = '',
): Generator<Statement> {
  const { sql } = valuesList(batch, batch.rows.slice(0, 1), escape, tail);
  for (const row of batch.rows) yield { sql, parameters: valuesOf(batch, [row]) };
}

function valuesList(
  batch: RowBatch,
  rows: RowBatch['rows'],
  escape: (name: string) => string,
  tail: string,
): Statement {
  const names = [...batch.columns.map(({ name }) => name), ...Object.keys(batch.shared)];
  const row = `(${names.map(() => '?').join(', ')})`;
  const into = `INSERT INTO ${batch.table} (${names.map(escape).join(', ')})`;
  return {
    sql: `${into} VALUES ${rows.map(() => row).join(', ')}${tail}`,
    parameters: valuesOf(batch, rows),
  };
}

function valuesOf({ shared }: RowBatch, rows: RowBatch['rows']): unknown[] {
  const same = Object.values(shared);
  const values: unknown[] = [];
  for (const row of rows) {
    for (const value of row) values.push(typeof value === 'boolean' ? Number(value) : value);
    for (const value of same) values.push(value);
  }
  return values;
}

/** The ON CONFLICT clause of PostgreSQL and SQLite that overwrites the columns `assigned` of the row with the same `key`. */
export function overwritingOnConflict(key: string, assigned: readonly string[]): string {
  const assignments = assigned.map((name) => `${doubleQuoted(name)} = excluded.${doubleQuoted(name)}`);
  return ` ON CONFLICT (${doubleQuoted(key)}) DO UPDATE SET ${assignments.join(', ')}`;
}

/** Of a row, in a text; a value that is no text is short. */
export function rowLength(row: readonly unknown[]): number {
  let length = 0;
  for (const value of row) length += typeof value === 'string' ? value.length : 8;
  return length;
}

/** VALUES lists in chunks that stay under every engine's limit on parameters and on the size of a statement. */
import type { RowBatch } from '../engine';
import type { Statement } from '../script';

const MAX_ROWS = 500;
const MAX_CHARACTERS = 1_000_000;

/**
 * INSERT statements of several rows each, with `?` placeholders.
 * @param batch booleans are sent as 0 and 1
 * @param escape quotes a column's name
 * @param tail what follows the VALUES
 */
export function valuesLists(batch: RowBatch, escape: (name: string) => string, tail: string): Statement[] {
  const columns = batch.columns.map(({ name }) => escape(name)).join(', ');
  const row = `(${batch.columns.map(() => '?').join(', ')})`;
  return chunks(batch.rows).map((rows) => ({
    sql: `INSERT INTO ${batch.table} (${columns}) VALUES ${rows.map(() => row).join(', ')}${tail}`,
    parameters: rows.flat().map((value) => (typeof value === 'boolean' ? Number(value) : value)),
  }));
}

function chunks(rows: RowBatch['rows']): RowBatch['rows'][] {
  const result: (readonly unknown[])[][] = [];
  let current: (readonly unknown[])[] = [];
  let characters = 0;
  for (const row of rows) {
    const size = row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0);
    if (current.length === MAX_ROWS || (current.length > 0 && characters + size > MAX_CHARACTERS)) {
      result.push(current);
      current = [];
      characters = 0;
    }
    current.push(row);
    characters += size;
  }
  if (current.length > 0) result.push(current);
  return result;
}

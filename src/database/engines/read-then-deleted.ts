/**
 * Deletes and returns a row where DELETE has no RETURNING. Of several callers that read the row, the one that deletes it
 * gets it.
 */
import type { Taking } from '../engine';
import type { RowValues } from '../rows';
import { valuesOf } from '../rows';
import type { Script } from '../script';

/** For a condition that at most one row meets. */
export function* readThenDeleted({ table, columns, where }: Taking): Script<readonly RowValues[]> {
  const { parameters } = where;
  const read = yield { sql: `SELECT ${columns.join(', ')} FROM ${table} WHERE ${where.sql}`, parameters };
  if (read.rows.length === 0) return [];
  const { affected } = yield { sql: `DELETE FROM ${table} WHERE ${where.sql}`, parameters };
  return affected > 0 ? valuesOf(read.rows) : [];
}

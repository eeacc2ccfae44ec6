/** How rows are taken where a DELETE gives nothing back: whoever deletes one has it, whoever only read it has not. */
import type { Taking } from '../engine';
import type { RowValues } from '../rows';
import { valuesOf } from '../rows';
import type { Script } from '../script';

/** For a condition that one row meets at most. */
export function* readThenDeleted({ table, columns, where }: Taking): Script<readonly RowValues[]> {
  const { parameters } = where;
  const read = yield { sql: `SELECT ${columns.join(', ')} FROM ${table} WHERE ${where.sql}`, parameters };
  if (read.rows.length === 0) return [];
  const { affected } = yield { sql: `DELETE FROM ${table} WHERE ${where.sql}`, parameters };
  return affected > 0 ? valuesOf(read.rows) : [];
}

/** Updates text columns of many rows in few statements. */
import type { MigrationContext } from '../../database/migration-context';
import { inTransaction } from '../../database/transaction';
import type { ResolvedTable } from '../own-table';

const ROWS_IN_ONE_STATEMENT = 250;

export interface RewrittenRow {
  readonly key: unknown;
  /** Values in the order of the columns. */
  readonly texts: readonly (string | null)[];
}

/**
 * Writes all rows or none: in the open transaction, else in a new one.
 * @param kept what `keptColumns` gives for the table
 */
export async function writeTexts(
  context: MigrationContext,
  table: ResolvedTable,
  columns: readonly string[],
  rows: readonly RewrittenRow[],
  kept: readonly string[],
): Promise<void> {
  if (rows.length === 0) return;
  const { target, keyColumn } = table;
  const { queryRunner } = context;
  const { placeholder } = context.dialect;
  const path = context.path(target.name);
  const key = context.escape(keyColumn);
  const write = async () => {
    for (let start = 0; start < rows.length; start += ROWS_IN_ONE_STATEMENT) {
      const chunk = rows.slice(start, start + ROWS_IN_ONE_STATEMENT);
      const parameters: unknown[] = [];
      const next = (value: unknown) => placeholder(parameters.push(value));
      const assignments = columns.map((column, index) => {
        const cases = chunk.map((row) => `WHEN ${next(row.key)} THEN ${next(row.texts[index])}`);
        return `${context.escape(column)} = CASE ${key} ${cases.join(' ')} END`;
      });
      const keys = chunk.map((row) => next(row.key));
      const sql = `UPDATE ${path} SET ${[...assignments, ...kept].join(', ')} WHERE ${key} IN (${keys.join(', ')})`;
      await context.write({ sql, parameters });
    }
  };
  await (queryRunner.isTransactionActive ? write() : inTransaction(queryRunner, write));
}

/** Assignments that keep the values of columns which an update would set to its own time. */
export async function keptColumns(context: MigrationContext, { target }: ResolvedTable): Promise<string[]> {
  const { columns } = await context.schema.shapeOf(context.queryRunner, target.name);
  return columns
    .filter(({ name, definition }) => /\bON UPDATE\b/i.test(definition) && !target.findColumnByName(name))
    .map(({ name }) => `${context.escape(name)} = ${context.escape(name)}`);
}

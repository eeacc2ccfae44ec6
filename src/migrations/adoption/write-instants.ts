/** Updates the instants of many rows in few statements. */
import type { QueryRunner } from 'typeorm';
import { engineOf } from '../../database/engines';
import { escapedPath } from '../../database/path';
import { inTransaction } from '../../database/transaction';
import { dataSourceOf } from '../../typeorm';

const ROWS_IN_ONE_STATEMENT = 250;

export interface RewrittenRow {
  readonly key: unknown;
  /** Values in the order of the columns. */
  readonly instants: readonly (string | null)[];
}

/** Writes all rows or none: in the open transaction, else in a new one. */
export async function writeInstants(
  queryRunner: QueryRunner,
  tablePath: string,
  keyColumn: string,
  columns: readonly string[],
  rows: readonly RewrittenRow[],
): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const { dialect, schema } = engineOf(dataSource);
  const { placeholder } = dialect;
  const path = escapedPath(dataSource, tablePath);
  const key = dataSource.driver.escape(keyColumn);
  const write = async () => {
    for (let start = 0; start < rows.length; start += ROWS_IN_ONE_STATEMENT) {
      const chunk = rows.slice(start, start + ROWS_IN_ONE_STATEMENT);
      const parameters: unknown[] = [];
      const next = (value: unknown) => placeholder(parameters.push(value));
      const assignments = columns.map((column, index) => {
        const cases = chunk.map((row) => `WHEN ${next(row.key)} THEN ${next(row.instants[index])}`);
        return `${dataSource.driver.escape(column)} = CASE ${key} ${cases.join(' ')} END`;
      });
      const keys = chunk.map((row) => next(row.key));
      const sql = `UPDATE ${path} SET ${assignments.join(', ')} WHERE ${key} IN (${keys.join(', ')})`;
      await schema.send(queryRunner, { sql, parameters });
    }
  };
  await (queryRunner.isTransactionActive ? write() : inTransaction(queryRunner, write));
}

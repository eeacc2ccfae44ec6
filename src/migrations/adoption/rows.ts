/** Reads and empties existing tables for an adoption. */
import type { QueryRunner, Table, TableColumn } from 'typeorm';
import { engineOf } from '../../database/engines';
import { escapedPath } from '../../database/path';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';

/** Reads the current shape of the table. */
export async function readTable(queryRunner: QueryRunner, { target }: ResolvedTable): Promise<Table> {
  return (await queryRunner.getTable(target.name)) as Table;
}

/** @returns the number of rows that were deleted */
export async function emptyTable(queryRunner: QueryRunner, tablePath: string): Promise<number> {
  const path = escapedPath(dataSourceOf(queryRunner), tablePath);
  const [row] = await queryRunner.query(`SELECT COUNT(*) AS count FROM ${path}`);
  const count = Number(row.count);
  if (count > 0) await queryRunner.query(`DELETE FROM ${path}`);
  return count;
}

/** Names of the columns with a text that is longer than our length for the column. */
export async function tooLongFor(
  queryRunner: QueryRunner,
  present: Table,
  columns: readonly TableColumn[],
): Promise<ReadonlySet<string>> {
  const dataSource = dataSourceOf(queryRunner);
  const { characters } = engineOf(dataSource).schema;
  const limited = columns.filter(({ length }) => length !== '');
  if (limited.length === 0) return new Set();
  const longest = limited.map(
    ({ name }, index) => `MAX(${characters(dataSource.driver.escape(name))}) AS c${index}`,
  );
  const [row] = await queryRunner.query(
    `SELECT ${longest.join(', ')} FROM ${escapedPath(dataSource, present.name)}`,
  );
  return new Set(
    limited
      .filter(({ length }, index) => Number(row[`c${index}`] ?? 0) > Number(length))
      .map(({ name }) => name),
  );
}

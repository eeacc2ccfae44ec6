/**
 * Rebuilds a table of SQLite, which can change no column in place: rows are copied into a table with another name, part by
 * part.
 */
import type { QueryRunner, Table, TableColumn } from 'typeorm';
import { bareName, doubleQuoted } from '../path';
import { partsOf } from './parts';

interface Rebuild {
  readonly column: TableColumn;
  /** An expression for the values; default: those of the column with that name. */
  readonly value?: string | undefined;
}

/** @param changes of the columns with those names; all else in the table stays */
export async function rebuild(
  queryRunner: QueryRunner,
  table: Table,
  changes: readonly Rebuild[],
): Promise<void> {
  const name = bareName(table.name);
  const changed = table.clone();
  changed.name = `temporary_${name}`;
  changed.columns = table.columns.map(
    (column) => changes.find((change) => change.column.name === column.name)?.column ?? column,
  );
  const names = changed.columns.map((column) => doubleQuoted(column.name)).join(', ');
  const values = changed.columns
    .map((column) => changes.find((change) => change.column === column)?.value ?? doubleQuoted(column.name))
    .join(', ');
  const [old, copy] = [doubleQuoted(name), doubleQuoted(changed.name)];
  await queryRunner.query(createTable(queryRunner, changed));
  for await (const where of partsOf(queryRunner, table.name)) {
    await queryRunner.query(`INSERT INTO ${copy} (${names}) SELECT ${values} FROM ${old} WHERE ${where}`);
  }
  await queryRunner.query(`DROP TABLE ${old}`);
  await queryRunner.query(`ALTER TABLE ${copy} RENAME TO ${old}`);
}

/** TypeORM writes the statement, with every constraint that it has read, and names them after the table without the prefix. */
function createTable(queryRunner: QueryRunner, table: Table): string {
  const writer = queryRunner as unknown as {
    createTableSql(table: Table, createForeignKeys: boolean, temporaryTable: boolean): { query: string };
  };
  return writer.createTableSql(table, true, true).query;
}

/**
 * Rebuilds a table of SQLite, which can change no column in place: rows are copied into a table with another name, which
 * replaces the old one before the host can write to that on the same connection.
 */
import type { QueryRunner, Table, TableColumn } from 'typeorm';
import { dataSourceOf } from '../../typeorm';
import { bareName, doubleQuoted } from '../names';

/** No other program's table has such a name. */
const PREFIX = 'connection_adoption_';

interface Rebuild {
  readonly column: TableColumn;
  /** An expression for the values; default: those of the column with that name. */
  readonly value?: string | undefined;
}

/** Runs a text of several statements, between which no other statement has its turn on the connection. */
export type Exec = (queryRunner: QueryRunner, sql: string) => unknown;

/** @param changes of the columns with those names; all else in the table stays */
export async function rebuild(
  exec: Exec,
  queryRunner: QueryRunner,
  table: Table,
  changes: readonly Rebuild[],
): Promise<void> {
  const name = bareName(table.name);
  const changed = table.clone();
  changed.columns = table.columns.map(
    (column) => changes.find((change) => change.column.name === column.name)?.column ?? column,
  );
  const names = changed.columns.map((column) => doubleQuoted(column.name)).join(', ');
  const values = changed.columns
    .map((column) => changes.find((change) => change.column === column)?.value ?? doubleQuoted(column.name))
    .join(', ');
  const [old, copy] = [doubleQuoted(name), doubleQuoted(`${PREFIX}${name}`)];
  const statements = [
    createTable(queryRunner, changed, copy),
    `INSERT INTO ${copy} (${names}) SELECT ${values} FROM ${old}`,
    `DROP TABLE ${old}`,
    `ALTER TABLE ${copy} RENAME TO ${old}`,
  ];
  const { logger } = dataSourceOf(queryRunner);
  for (const statement of statements) logger.logQuery(statement, [], queryRunner);
  await exec(queryRunner, statements.join(';\n'));
}

/** TypeORM writes the statement, with every constraint that it has read, and names them after the table. */
function createTable(queryRunner: QueryRunner, table: Table, copy: string): string {
  const writer = queryRunner as unknown as {
    createTableSql(table: Table, createForeignKeys: boolean): { query: string };
  };
  const { query } = writer.createTableSql(Object.assign(table, { name: bareName(table.name) }), true);
  return query.replace(`"${table.name}"`, () => copy);
}

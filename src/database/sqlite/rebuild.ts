/**
 * Rebuilds a table of SQLite, which can change no column in place: rows are copied into a table with another name, page by page,
 * so that the event loop has turns in between.
 */
import type { QueryRunner, Table, TableColumn } from 'typeorm';
import { bareName, doubleQuoted, literal } from '../path';

/** About as many as are copied in some milliseconds. */
const ROWS_OF_PAGE = 1000;

const FIRST_ROW = '-9223372036854775808';

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
  for await (const where of pages(queryRunner, table)) {
    await queryRunner.query(`INSERT INTO ${copy} (${names}) SELECT ${values} FROM ${old} WHERE ${where}`);
  }
  await queryRunner.query(`DROP TABLE ${old}`);
  await queryRunner.query(`ALTER TABLE ${copy} RENAME TO ${old}`);
}

/** Conditions on the rows of each page. */
async function* pages(queryRunner: QueryRunner, table: Table): AsyncGenerator<string, void> {
  const rowid = await rowidOf(queryRunner, table);
  if (rowid === undefined) return yield '1 = 1';
  for (let after = FIRST_ROW, operator = '>='; ; operator = '>') {
    const [{ last }] = await queryRunner.query(
      `SELECT CAST(MAX(r) AS TEXT) AS last FROM (SELECT ${rowid} AS r FROM ${doubleQuoted(bareName(table.name))} ` +
        `WHERE ${rowid} ${operator} ${after} ORDER BY ${rowid} LIMIT ${ROWS_OF_PAGE})`,
    );
    if (last === null) return;
    yield `${rowid} ${operator} ${after} AND ${rowid} <= ${last}`;
    after = last as string;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A name for the number of a row; undefined where rows have none. */
async function rowidOf(queryRunner: QueryRunner, { name, columns }: Table): Promise<string | undefined> {
  const [{ sql }] = await queryRunner.query(
    `SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ${literal(bareName(name))}`,
  );
  if (/\bWITHOUT\s+ROWID\b/i.test(sql as string)) return undefined;
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((alias) => !taken.has(alias));
}

/** TypeORM writes the statement, with every constraint that it has read, and names them after the table without the prefix. */
function createTable(queryRunner: QueryRunner, table: Table): string {
  const writer = queryRunner as unknown as {
    createTableSql(table: Table, createForeignKeys: boolean, temporaryTable: boolean): { query: string };
  };
  return writer.createTableSql(table, true, true).query;
}

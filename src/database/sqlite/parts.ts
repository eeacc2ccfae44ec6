/** Divides a table of SQLite by the numbers of its rows: a statement blocks the process, so that it should not be about all rows. */
import type { QueryRunner } from 'typeorm';
import { bareName, doubleQuoted, literal } from '../path';

/** About as many as a statement copies in some milliseconds. */
const ROWS_OF_PART = 1000;

const FIRST_ROW = '-9223372036854775808';

/** Conditions on the rows of each part; the event loop has a turn between two. */
export async function* partsOf(queryRunner: QueryRunner, tablePath: string): AsyncGenerator<string, void> {
  const rowid = await rowidOf(queryRunner, bareName(tablePath));
  if (rowid === undefined) return yield '1 = 1';
  const table = doubleQuoted(bareName(tablePath));
  for (let after = FIRST_ROW, operator = '>='; ; operator = '>') {
    const [{ last }] = await queryRunner.query(
      `SELECT CAST(MAX(r) AS TEXT) AS last FROM (SELECT ${rowid} AS r FROM ${table} ` +
        `WHERE ${rowid} ${operator} ${after} ORDER BY ${rowid} LIMIT ${ROWS_OF_PART})`,
    );
    if (last === null) return;
    yield `${rowid} ${operator} ${after} AND ${rowid} <= ${last}`;
    after = last as string;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A name for the number of a row; undefined where rows have none. */
async function rowidOf(queryRunner: QueryRunner, table: string): Promise<string | undefined> {
  const [{ sql }] = await queryRunner.query(
    `SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ${literal(table)}`,
  );
  if (/\bWITHOUT\s+ROWID\b/i.test(sql as string)) return undefined;
  const columns: { name: string }[] = await queryRunner.query(`PRAGMA table_xinfo(${doubleQuoted(table)})`);
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((alias) => !taken.has(alias));
}

/** Checks, before anything is changed, that a table can be adopted; each refusal says what to change in the table. */
import type { QueryRunner, Table } from 'typeorm';
import { engineOf } from '../../database/engines';
import { escapedPath } from '../../database/path';
import { ConnectionsError, quote } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { OwnColumn, ResolvedTable } from '../own-table';
import { readInstants } from './convert';
import type { FoundTable } from './record';

/** Column types that can be converted to each of our types. */
const CONVERTIBLE: Readonly<Record<OwnColumn['type'], RegExp>> = {
  varchar: /char|text|clob|json/i,
  text: /char|text|clob|json/i,
  boolean: /^(bool|boolean|tinyint)$/i,
  integer: /int/i,
};

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
export async function refuseUnfit(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  present: Table,
  before: FoundTable,
): Promise<void> {
  for (const column of table.own.columns) refuseType(table, present, column);
  const generated = present.columns.find(({ asExpression }) => asExpression !== undefined);
  if (generated)
    throw unfit(table, `column ${quote(generated.name)} is a generated column`, 'Drop that column');
  refuseColumnsThatMustBeGiven(table, present);
  await refuseNulls(queryRunner, table, present);
  await refuseDuplicates(queryRunner, table, present);
  if (!table.own.shortLived) await readInstants(queryRunner, table, before);
}

function refuseType(table: ResolvedTable, present: Table, column: OwnColumn): void {
  const found = present.findColumnByName(table.nameOf(column.property));
  if (!found) return;
  const pattern = column.instant ? /date|time|char|text/i : CONVERTIBLE[column.type];
  if (pattern.test(found.type)) return;
  throw unfit(
    table,
    `column ${quote(found.name)} is of type ${quote(found.type)}, which cannot become ${column.type}`,
    `Change it to ${column.instant ? 'a date or text type' : column.type}`,
  );
}

/** Our inserts give no values for columns that are not ours. */
function refuseColumnsThatMustBeGiven(table: ResolvedTable, present: Table): void {
  const ours = new Set(table.own.columns.map(({ property }) => table.nameOf(property)));
  const found = present.columns.find(
    (column) =>
      !ours.has(column.name) && !column.isNullable && !column.isGenerated && isUndefaulted(column.default),
  );
  if (found) {
    throw unfit(
      table,
      `column ${quote(found.name)}, which mcp-connections does not write, is NOT NULL and has no default, so no row could be ` +
        'inserted',
      'Give that column a default',
    );
  }
}

function isUndefaulted(value: unknown): boolean {
  return value === undefined || value === null;
}

async function refuseNulls(queryRunner: QueryRunner, table: ResolvedTable, present: Table): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  for (const { property, nullable, fill, default: byDefault, instant } of table.own.columns) {
    const name = table.nameOf(property);
    const isGiven =
      nullable === true || fill !== undefined || byDefault !== undefined || instant !== undefined;
    if (isGiven || present.findColumnByName(name)?.isNullable !== true || table.own.shortLived) continue;
    const column = dataSource.driver.escape(name);
    const path = escapedPath(dataSource, table.target.name);
    const [row] = await queryRunner.query(`SELECT COUNT(*) AS count FROM ${path} WHERE ${column} IS NULL`);
    if (Number(row.count) > 0) {
      throw unfit(
        table,
        `column ${quote(name)} must not be NULL (rows with NULL: ${row.count})`,
        'Set a value in those rows or delete them',
      );
    }
  }
}

async function refuseDuplicates(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  present: Table,
): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const { label } = engineOf(dataSource);
  const path = escapedPath(dataSource, table.target.name);
  for (const { columnNames, isUnique } of table.target.indices) {
    const names = columnNames.filter((name) => present.findColumnByName(name));
    if (!isUnique || names.length === 0 || table.own.shortLived) continue;
    const listed = names.map((name) => dataSource.driver.escape(name)).join(', ');
    const twice = await queryRunner.query(
      `SELECT ${listed} FROM ${path} GROUP BY ${listed} HAVING COUNT(*) > 1 LIMIT 1`,
    );
    if (twice.length > 0) {
      const columns = names.map((name) => quote(name)).join(', ');
      throw unfit(
        table,
        `two rows have the same ${columns}, as ${label} compares them`,
        'Delete one of them',
      );
    }
  }
}

function unfit({ target }: ResolvedTable, what: string, advice: string): ConnectionsError {
  return new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} of another program cannot be adopted: ${what}. Nothing was changed. ` +
      `${advice} and start again.`,
  );
}

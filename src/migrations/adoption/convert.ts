/** Rewrites the values of an adopted table that ours says otherwise: instants as text, and what must not be NULL. */
import type { QueryRunner, Table } from 'typeorm';
import { TableColumn } from 'typeorm';
import { engineOf } from '../../database/engine';
import { escapedPath } from '../../database/path';
import { inTransaction } from '../../database/transaction';
import { INSTANT_LENGTH, toInstant } from '../../entities/instant';
import { ConnectionsError, quote } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';
import { fromLegacyInstant } from './legacy-instant';
import type { FoundTable } from './record';

/** Wide enough for what any engine writes of a timestamp. */
const WIDE = '64';

const ROWS_IN_ONE_STATEMENT = 250;

/** Turns columns of a date type into text, as the database writes it, so that nothing is lost on the way. */
export async function instantsToText(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  present: Table,
): Promise<void> {
  const changes = instantColumns(table).flatMap(({ name }) => {
    const from = present.findColumnByName(name);
    if (!from || /char|text/i.test(from.type)) return [];
    const type = dataSourceOf(queryRunner).driver.normalizeType({ type: 'varchar' });
    return [{ from, to: new TableColumn({ name, type, length: WIDE, isNullable: true }) }];
  });
  if (changes.length > 0) await engineOf(dataSourceOf(queryRunner)).retype(queryRunner, present, changes);
}

/**
 * Rewrites each instant that is not in our form yet.
 * @throws ConnectionsError `tables_foreign` for a text that is no instant
 */
export async function convertInstants(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const { driver } = dataSourceOf(queryRunner);
  const path = escapedPath(dataSourceOf(queryRunner), table.target.name);
  const key = driver.escape(table.nameOf(table.own.columns.find(({ primary }) => primary)?.property ?? 'id'));
  const columns = instantColumns(table);
  const selected = columns.map(({ name }, index) => `${driver.escape(name)} AS c${index}`);
  const rows: Record<string, unknown>[] = await queryRunner.query(
    ` SELECT ${key} AS k, ${selected.join(', ')} FROM ${path}`,
  );
  const rewritten: Rewritten[] = [];
  for (const row of rows) {
    const instants = columns.map(({ name, local }, index) => {
      const absolute = before.columns.find((column) => column.name === name)?.absolute ?? false;
      const zone = local && !absolute ? before.zone : 'UTC';
      return converted(row[`c${index}`], zone, `${quote(name)} of ${quote(table.target.name)}`);
    });
    if (instants.some((text, index) => text !== row[`c${index}`]))
      rewritten.push({ key: row['k'], instants });
  }
  const names = columns.map(({ name }) => driver.escape(name));
  const write = () => writeInstants(queryRunner, path, key, names, rewritten);
  await (queryRunner.isTransactionActive ? write() : inTransaction(queryRunner, write));
}

/** Gives rows a value where ours must have one. */
export async function fillNulls(queryRunner: QueryRunner, table: ResolvedTable): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const path = escapedPath(dataSource, table.target.name);
  for (const { property, nullable, fill, instant } of table.own.columns) {
    const value = fill ?? (instant ? `'${toInstant(new Date())}'` : undefined);
    if (nullable || value === undefined) continue;
    const column = dataSource.driver.escape(table.nameOf(property));
    await queryRunner.query(`UPDATE ${path} SET ${column} = ${value} WHERE ${column} IS NULL`);
  }
}

interface Rewritten {
  readonly key: unknown;
  readonly instants: readonly (string | null)[];
}

async function writeInstants(
  queryRunner: QueryRunner,
  path: string,
  key: string,
  names: readonly string[],
  rows: readonly Rewritten[],
): Promise<void> {
  const { placeholder } = engineOf(dataSourceOf(queryRunner));
  for (let start = 0; start < rows.length; start += ROWS_IN_ONE_STATEMENT) {
    const chunk = rows.slice(start, start + ROWS_IN_ONE_STATEMENT);
    const parameters: unknown[] = [];
    const next = (value: unknown) => placeholder(parameters.push(value));
    const assignments = names.map((name, index) => {
      const cases = chunk.map((row) => `WHEN ${next(row.key)} THEN ${next(row.instants[index])}`);
      return `${name} = CASE ${key} ${cases.join(' ')} END`;
    });
    const keys = chunk.map((row) => next(row.key));
    await queryRunner.query(
      `UPDATE ${path} SET ${assignments.join(', ')} WHERE ${key} IN (${keys.join(', ')})`,
      parameters,
    );
  }
}

function instantColumns({ own, nameOf }: ResolvedTable): { name: string; local: boolean }[] {
  return own.columns
    .filter(({ instant }) => instant !== undefined)
    .map(({ property, instant }) => ({ name: nameOf(property), local: instant === 'local' }));
}

function converted(value: unknown, zone: string, where: string): string | null {
  const text = typeof value === 'string' ? value : value instanceof Date ? value.toISOString() : null;
  if (text === null || text === '' || text.startsWith('0000-00-00')) return null;
  if (text.length === INSTANT_LENGTH && text.endsWith('Z')) return text;
  const instant = fromLegacyInstant(text, zone);
  if (instant !== undefined) return instant;
  throw new ConnectionsError(
    'tables_foreign',
    `${where} holds ${quote(text)}, which is no instant. Correct that row and start again.`,
  );
}

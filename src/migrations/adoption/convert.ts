/** Converts the values of an adopted table to our form: instants become text, and NULLs get a value where we need one. */
import type { QueryRunner, Table } from 'typeorm';
import { TableColumn } from 'typeorm';
import { engineOf } from '../../database/engines';
import { escapedPath } from '../../database/path';
import { toInstant } from '../../entities/instant';
import { ConnectionsError, quote } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';
import { fromLegacyInstant } from './legacy-instant';
import type { FoundTable } from './record';
import type { RewrittenRow } from './write-instants';
import { writeInstants } from './write-instants';

/** In characters: enough for a timestamp of any engine. */
const WIDE = '64';

const OURS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Changes columns of a date type to text and lets the database convert the values, so that no precision is lost. */
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
  if (changes.length > 0)
    await engineOf(dataSourceOf(queryRunner)).schema.retype(queryRunner, present, changes);
}

/**
 * Rewrites every instant that is not in our form yet.
 * @throws ConnectionsError `tables_foreign` for a text that is not a timestamp, or when a trigger restores the old form
 */
export async function convertInstants(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const columns = instantColumns(table).map(({ name }) => name);
  const changed = (await readInstants(queryRunner, table, before)).filter(({ isOurs }) => !isOurs);
  await writeInstants(queryRunner, table.target.name, table.keyColumn, columns, changed);
  if (changed.length === 0) return;
  if ((await readInstants(queryRunner, table, before)).every(({ isOurs }) => isOurs)) return;
  throw new ConnectionsError(
    'tables_foreign',
    `A trigger on the table ${quote(table.target.name)} changes the timestamps that the adoption writes. Drop the trigger ` +
      'and start again. If you need it, create it again afterwards so that it writes text such as ' +
      '"2026-01-31T12:00:00.000Z".',
  );
}

/**
 * Reads the instants of every row and converts them to our form, whatever type the columns have.
 * @throws ConnectionsError `tables_foreign` for a text that is not a timestamp
 */
export async function readInstants(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<(RewrittenRow & { readonly isOurs: boolean })[]> {
  const { driver } = dataSourceOf(queryRunner);
  const path = escapedPath(dataSourceOf(queryRunner), table.target.name);
  const columns = instantColumns(table).filter(({ name }) =>
    before.columns.some((found) => found.name === name),
  );
  const selected = columns.map(
    ({ name }, index) => `, CAST(${driver.escape(name)} AS CHAR(${WIDE})) AS c${index}`,
  );
  const rows: Record<string, unknown>[] = await queryRunner.query(
    `SELECT ${driver.escape(table.keyColumn)} AS k${selected.join('')} FROM ${path}`,
  );
  return rows.map((row) => {
    let isOurs = true;
    const instants = instantColumns(table).map(({ name, local }) => {
      const index = columns.findIndex((column) => column.name === name);
      const text = index < 0 ? null : textOf(row[`c${index}`]);
      if (text === null || OURS.test(text)) return text;
      isOurs = false;
      const absolute = before.columns.find((column) => column.name === name)?.absolute ?? false;
      return converted(
        text,
        local && !absolute ? before.zone : 'UTC',
        `Column ${quote(name)} of ${quote(table.target.name)}`,
      );
    });
    return { key: row['k'], instants, isOurs };
  });
}

/** Replaces NULL in columns that must have a value. */
export async function fillNulls(queryRunner: QueryRunner, table: ResolvedTable): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const path = escapedPath(dataSource, table.target.name);
  for (const { property, nullable, fill, default: byDefault, instant } of table.own.columns) {
    const value = fill ?? byDefault ?? (instant ? `'${toInstant(new Date())}'` : undefined);
    if (nullable || value === undefined) continue;
    const column = dataSource.driver.escape(table.nameOf(property));
    await queryRunner.query(`UPDATE ${path} SET ${column} = ${value} WHERE ${column} IS NULL`);
  }
}

export function instantColumns({ own, nameOf }: ResolvedTable): { name: string; local: boolean }[] {
  return own.columns
    .filter(({ instant }) => instant !== undefined)
    .map(({ property, instant }) => ({ name: nameOf(property), local: instant === 'local' }));
}

/** Trimmed because PostgreSQL pads a value that is cast to CHAR. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function converted(text: string, zone: string, where: string): string | null {
  if (text.startsWith('0000-00-00')) return null;
  const instant = fromLegacyInstant(text, zone);
  if (instant !== undefined) return instant;
  throw new ConnectionsError(
    'tables_foreign',
    `${where} contains ${quote(text)}, which is not a timestamp. Correct that value with an UPDATE, then start again.`,
  );
}

/** Rewrites the values of an adopted table that ours says otherwise: instants as text, and what must not be NULL. */
import type { QueryRunner, Table } from 'typeorm';
import { TableColumn } from 'typeorm';
import { engineOf } from '../../database/engine';
import { escapedPath } from '../../database/path';
import { INSTANT_LENGTH, toInstant } from '../../entities/instant';
import { ConnectionsError, quote } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';
import { fromLegacyInstant } from './legacy-instant';
import type { FoundTable } from './record';

/** Wide enough for what any engine writes of a timestamp. */
const WIDE = '64';

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
  const dataSource = dataSourceOf(queryRunner);
  const escape = (name: string) => dataSource.driver.escape(name);
  const engine = engineOf(dataSource);
  const path = escapedPath(dataSource, table.target.name);
  const key = table.nameOf(table.own.columns.find(({ primary }) => primary)?.property ?? 'id');
  const columns = instantColumns(table);
  const names = columns.map(({ name }) => escape(name));
  const rows: Record<string, unknown>[] = await queryRunner.query(
    ` SELECT ${escape(key)} AS k, ${names.map((name, index) => `${name} AS c${index}`).join(', ')} FROM ${path}`,
  );
  const assignments = names.map((name, index) => `${name} = ${engine.placeholder(index + 1)}`);
  const update = `UPDATE ${path} SET ${assignments.join(', ')} WHERE ${escape(key)} = ${engine.placeholder(names.length + 1)}`;
  for (const row of rows) {
    const written = columns.map(({ name, local }, index) => {
      const absolute = before.columns.find((column) => column.name === name)?.absolute ?? false;
      const zone = local && !absolute ? before.zone : 'UTC';
      return converted(row[`c${index}`], zone, `${quote(name)} of ${quote(table.target.name)}`);
    });
    if (written.every((text, index) => text === row[`c${index}`])) continue;
    await queryRunner.query(update, [...written, row['k']]);
  }
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

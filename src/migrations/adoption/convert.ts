/** Converts the values of an adopted table to our form: instants become text, and NULLs get a value where we need one. */
import type { Table } from 'typeorm';
import { TableColumn } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import { toInstant } from '../../entities/instant';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { fromLegacyInstant } from './legacy-instant';
import type { FoundTable } from './record';
import type { RewrittenRow } from './write-texts';
import { keptColumns, writeTexts } from './write-texts';

/** In characters: enough for a timestamp of any engine. */
const WIDE = '64';

/** In characters, of an instant in our form. No fill or default is longer. */
const LONGEST_WRITTEN = 24;

const OURS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Makes room for what the adoption writes: columns of a date type become text, for which the database converts the values,
 * so that no precision is lost; columns of text that are narrower than an instant or a default of ours become wider.
 */
export async function makeRoom(
  context: MigrationContext,
  table: ResolvedTable,
  present: Table,
): Promise<void> {
  const names = table.own.columns
    .filter(({ type, instant, fill, default: byDefault }) => {
      const isWritten = instant !== undefined || fill !== undefined || byDefault !== undefined;
      return isWritten && (type === 'varchar' || type === 'text');
    })
    .map(({ property }) => table.nameOf(property))
    .filter((name) => {
      const { type = 'text', length } = present.findColumnByName(name) ?? {};
      return !isText(type) || (length && Number(length) < LONGEST_WRITTEN);
    });
  await widen(context, present, names);
}

/** Makes columns wide enough for an instant in any form. */
export async function widen(
  { dataSource, queryRunner, schema }: MigrationContext,
  present: Table,
  names: readonly string[],
): Promise<void> {
  const changes = names.flatMap((name) => {
    const from = present.findColumnByName(name);
    if (!from) return [];
    const type = dataSource.driver.normalizeType({ type: 'varchar' });
    const to = new TableColumn({ name, type, length: WIDE, isNullable: true });
    // In another encoding, a text could lose characters.
    if (isText(from.type)) Object.assign(to, { collation: from.collation });
    return [{ from, to }];
  });
  if (changes.length > 0) await schema.retype(queryRunner, present, changes);
}

/**
 * Rewrites every instant that is not in our form yet.
 * @throws ConnectionsError `tables_foreign` for a text that is not a timestamp, or when a trigger restores the old form
 */
export async function convertInstants(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const columns = instantColumns(table).map(({ name }) => name);
  const changed = (await readInstants(context, table, before)).filter(({ isOurs }) => !isOurs);
  await writeTexts(context, table, columns, changed);
  if (changed.length === 0) return;
  if ((await readInstants(context, table, before)).every(({ isOurs }) => isOurs)) return;
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
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<(RewrittenRow & { readonly isOurs: boolean })[]> {
  const found = new Map(before.columns.map((column) => [column.name, column]));
  const columns = instantColumns(table).filter(({ name }) => found.has(name));
  const selected = columns.map(({ name }) => `, CAST(${context.escape(name)} AS CHAR(${WIDE}))`);
  const rows = await context.read({
    sql: `SELECT ${context.escape(table.keyColumn)}${selected.join('')} FROM ${context.path(table.target.name)}`,
  });
  return rows.map(([key, ...values]) => {
    let isOurs = true;
    const texts = instantColumns(table).map(({ name, local }) => {
      const value = (values[columns.findIndex((column) => column.name === name)] ?? null) as string | null;
      // PostgreSQL pads a value that is cast to CHAR.
      const text = value?.trim() ?? null;
      if (text === null || OURS.test(text)) return text;
      isOurs = false;
      const zone = local && !found.get(name)?.absolute ? before.zone : 'UTC';
      return converted(text, zone, `Column ${quote(name)} of ${quote(table.target.name)}`);
    });
    return { key, texts, isOurs };
  });
}

/** Replaces NULL in columns that must have a value. */
export async function fillNulls(context: MigrationContext, table: ResolvedTable): Promise<void> {
  const path = context.path(table.target.name);
  const kept = await keptColumns(context, table);
  for (const { property, nullable, fill, default: byDefault, instant } of table.own.columns) {
    const value = fill ?? byDefault ?? (instant ? `'${toInstant(new Date())}'` : undefined);
    if (nullable || value === undefined) continue;
    const column = context.escape(table.nameOf(property));
    const assigned = [`${column} = ${value}`, ...kept].join(', ');
    await context.write({ sql: `UPDATE ${path} SET ${assigned} WHERE ${column} IS NULL` });
  }
}

export function instantColumns({ own, nameOf }: ResolvedTable): { name: string; local: boolean }[] {
  return own.columns
    .filter(({ instant }) => instant !== undefined)
    .map(({ property, instant }) => ({ name: nameOf(property), local: instant === 'local' }));
}

function isText(type: string): boolean {
  return /char|text|clob/i.test(type);
}

/** @returns null for an empty text and for MariaDB's zero date */
function converted(text: string, zone: string, where: string): string | null {
  if (text === '' || text.startsWith('0000-00-00')) return null;
  const instant = fromLegacyInstant(text, zone);
  if (instant !== undefined) return instant;
  throw new ConnectionsError(
    'tables_foreign',
    `${where} contains ${quote(text)}, which is not a timestamp. Correct that value with an UPDATE, then start again.`,
  );
}

/**
 * Converts the values of an adopted table to our form: instants become text, and NULLs get a value where we need one. SQL
 * converts what it knows, and JavaScript the rest.
 */
import type { Table } from 'typeorm';
import { TableColumn } from 'typeorm';
import type { TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import type { ColumnChange } from '../../database/schema-tools';
import { toInstant } from '../../entities/instant';
import { ConnectionsError, quote } from '../../errors';
import type { OwnColumn, ResolvedTable } from '../own-table';
import type { FoundTable } from './foreign-table';
import type { InstantColumn } from './instant-columns';
import { anyOf, instantColumns, readInstants } from './instant-columns';
import { LONGEST_DATE } from './recognize';
import { inRange, keyRanges, readSelfAssignments, writeTexts } from './rows';

/** In characters: enough for a timestamp of any engine. */
const WIDE = '64';

/** In characters, of an instant in our form. No fill or default is longer. */
const LONGEST_WRITTEN = 24;

/** Rows that one statement rewrites, whose locks others wait for. */
const ROWS_REWRITTEN = 10_000;

/**
 * Makes room for what the adoption writes: columns of a date type become text, for which the database converts the values,
 * so that no precision is lost; columns of text that are narrower than an instant or a default of ours become wider.
 * @param valueOf an expression for the values that a column gets; default: those that it has
 */
export async function makeRoom(
  context: MigrationContext,
  table: ResolvedTable,
  present: Table,
  valueOf: (name: string) => string | undefined,
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
  await widen(context, present, names, valueOf);
}

/** Makes columns wide enough for an instant in any form. */
export async function widen(
  { dataSource, queryRunner, schema, columnValues }: MigrationContext,
  present: Table,
  names: readonly string[],
  valueOf: (name: string) => string | undefined = () => undefined,
): Promise<void> {
  if (columnValues.holdsAnyText) return;
  const changes = names.flatMap((name): ColumnChange[] => {
    const from = present.findColumnByName(name);
    if (!from) return [];
    const type = dataSource.driver.normalizeType({ type: 'varchar' });
    const to = new TableColumn({ name, type, length: WIDE, isNullable: true });
    // In another encoding, a text could lose characters.
    if (isText(from.type)) Object.assign(to, { collation: from.collation });
    return [{ from, to, value: valueOf(name) }];
  });
  if (changes.length > 0) await schema.retype(queryRunner, present, changes);
}

/** What a column of instants becomes for the time in which it has values of the old form and of ours. */
export function roomForBoth(from: TableColumn, to: TableColumn): TableColumn {
  const isWide = isText(from.type) && (!from.length || Number(from.length) >= LONGEST_WRITTEN);
  const type = isWide
    ? { type: from.type, length: from.length }
    : { length: String(isText(from.type) ? LONGEST_WRITTEN : LONGEST_DATE) };
  return Object.assign(to.clone(), type);
}

/**
 * Rewrites every instant that is not in our form yet, and replaces NULL in columns that must have a value.
 * @param isComputed whether the database did that already, as far as SQL can
 * @throws ConnectionsError `tables_foreign` for a text that is not a timestamp, or when others write the old form
 */
export async function convertValues(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  isComputed: boolean,
): Promise<void> {
  const shape = await context.shapeOf(table.target.name);
  const columns = instantColumns(context, table, before, shape);
  const filled = filledColumns(context, table, shape);
  const selfAssignments = await readSelfAssignments(context, table);
  const isForeign = anyOf(columns.map((column) => column.isForeign));
  const isUnready = anyOf([isForeign, ...filled.map(({ column }) => `${column} IS NULL`)]);
  const unready = () => context.count(table.target.name, isUnready);
  if (isComputed && (await unready()) === 0) return;
  await rewriteInSql(context, table, { columns, filled, selfAssignments });
  if ((await unready()) === 0) return;
  const isUnknown = anyOf(columns.map((column) => column.isUnknown));
  const names = columns.map(({ name }) => name);
  const now = toInstant(new Date());
  for await (const rows of readInstants(context, table, columns, isUnknown)) {
    const complete = rows.map(({ key, texts }) => ({
      key,
      texts: texts.map((text, index) => text ?? (columns[index]?.isRequired ? now : null)),
    }));
    await writeTexts(context, table, names, complete, selfAssignments);
  }
  // Where others can write meanwhile, there may be more rows.
  await rewriteInSql(context, table, { columns, filled, selfAssignments });
  if ((await context.count(table.target.name, isForeign)) === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `A trigger or another program writes timestamps of the old form to the table ${quote(table.target.name)} during the ` +
      'adoption. Drop the trigger, or stop the program, and start again. If you need the trigger, create it again afterwards ' +
      'so that it writes text such as "2026-01-31T12:00:00.000Z".',
  );
}

interface Rewriting {
  readonly columns: readonly InstantColumn[];
  readonly filled: readonly FilledColumn[];
  readonly selfAssignments: readonly string[];
}

async function rewriteInSql(
  context: MigrationContext,
  table: ResolvedTable,
  { columns, filled, selfAssignments }: Rewriting,
): Promise<void> {
  const values = new Map(columns.map(({ name, value }) => [context.escape(name), value]));
  for (const { column, value } of filled)
    values.set(column, `COALESCE(${values.get(column) ?? column}, ${value})`);
  if (values.size === 0) return;
  const isChanged = anyOf([
    ...columns.map(({ isForeign, isUnknown }) => `(${isForeign} AND NOT ${isUnknown})`),
    ...filled.map(({ column }) => `${column} IS NULL`),
  ]);
  const assignments = [
    ...[...values].map(([column, value]) => `${column} = ${value}`),
    ...selfAssignments,
  ].join(', ');
  for await (const range of keyRanges(context, table, ROWS_REWRITTEN)) {
    const { sql, parameters } = inRange(context, table, range);
    await context.write({
      sql: `UPDATE ${context.path(table.target.name)} SET ${assignments} WHERE ${sql} AND (${isChanged})`,
      parameters,
    });
  }
}

interface FilledColumn {
  readonly name: string;
  /** Escaped. */
  readonly column: string;
  /** What replaces NULL, as SQL. */
  readonly value: string;
}

/** Columns that may have NULL where ours must have a value. */
export function filledColumns(
  context: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
): FilledColumn[] {
  const nullable = new Set(columns.filter((column) => column.nullable).map(({ name }) => name));
  return table.own.columns.flatMap((own) => {
    const [name, value] = [table.nameOf(own.property), fillOf(own)];
    return value === undefined || !nullable.has(name) ? [] : [{ name, column: context.escape(name), value }];
  });
}

/** What replaces NULL, as SQL; undefined where NULL stays. */
export function fillOf({ nullable, fill, default: byDefault, instant }: OwnColumn): string | undefined {
  if (nullable) return undefined;
  return fill ?? byDefault ?? (instant ? `'${toInstant(new Date())}'` : undefined);
}

function isText(type: string): boolean {
  return /char|text|clob/i.test(type);
}

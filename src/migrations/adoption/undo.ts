/**
 * Reverts an adoption: restores the old columns and converts the current values to the old form. Every row is kept.
 * Neither the old format of tokens nor the foreign keys on connection names are restored.
 */
import type { FoundColumn } from '../../database/catalogue';
import { hasColumn, widthOf } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { widen } from './convert';
import type { FoundTable } from './foreign-table';
import { readTable } from './foreign-table';
import { restoreKeys } from './keys';
import { toLegacyInstant } from './legacy-instant';
import { AdoptionRecord } from './record';
import { pagesOf, readSelfAssignments, writeTexts } from './rows';

/** Rows whose values are in memory at once. */
const ROWS_READ = 500;

export async function undoAdoptions(
  context: MigrationContext,
  tables: readonly ResolvedTable[],
): Promise<void> {
  const { queryRunner, schema } = context;
  const record = new AdoptionRecord(context);
  const adopted: { table: ResolvedTable; before: FoundTable }[] = [];
  for (const table of tables) {
    const before = await record.read(table.target.name);
    if (before) adopted.push({ table, before });
  }
  for (const { table, before } of adopted) await refuseLoss(context, table, before);
  for (const { table, before } of adopted) {
    await restoreKeys(context, table, before);
    await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, async () => {
      await dropAddedColumns(context, table, before);
      await writeInstantsBack(context, table, before);
      await retypeBack(context, table, before);
    });
  }
}

async function dropAddedColumns(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const present = await readTable(context, table);
  const added = table.target.columns
    .map(({ name }) => name)
    .filter((name) => !before.columns.some((column) => column.name === name))
    .filter((name) => present.findColumnByName(name));
  if (added.length > 0) await context.queryRunner.dropColumns(present, added);
}

async function writeInstantsBack(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const shape = await context.shapeOf(table.target.name);
  // A revert that was interrupted may have given a column its old type back: its values are in the old form.
  const columns = instantsOf(table).flatMap(({ name, local }) => {
    const old = before.columns.find((column) => column.name === name);
    return old && !hasColumn(shape, name, 'instant') ? [{ name, local, old }] : [];
  });
  if (columns.length === 0) return;
  const present = await readTable(context, table);
  const dates = columns.filter(
    ({ name, old }) =>
      old.kinds.includes('instant') && /char/i.test(present.findColumnByName(name)?.type ?? ''),
  );
  await widen(
    context,
    present,
    dates.map(({ name }) => name),
  );
  const names = columns.map(({ name }) => name);
  const listed = names.map((name) => context.escape(name));
  const selfAssignments = await readSelfAssignments(context, table);
  const pages = pagesOf(context, table, { rows: ROWS_READ, columns: listed, where: '1 = 1' });
  for await (const rows of pages) {
    const rewritten = rows.map(([key, ...values]) => ({
      key,
      texts: columns.map(({ local, old }, index) => {
        const value = values[index];
        if (typeof value !== 'string' || !value.endsWith('Z')) return (value ?? null) as string | null;
        return inOldForm(value, local && !old.absolute ? before.zone : 'UTC', old);
      }),
    }));
    await writeTexts(context, table, names, rewritten, selfAssignments);
  }
}

/** A column of text keeps our form, which says the time zone, if that is not too long for it. */
function inOldForm(instant: string, zone: string, old: FoundColumn): string {
  if (old.kinds.includes('instant')) return toLegacyInstant(instant, zone);
  const length = widthOf(old);
  if (length >= instant.length) return instant;
  // The 20th character of a local time is the dot before its fraction.
  return length === 20 ? `${instant.slice(0, 19)}Z` : toLegacyInstant(instant, zone).slice(0, length);
}

async function retypeBack(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const { queryRunner, schema } = context;
  const present = await readTable(context, table);
  const shape = await context.shapeOf(table.target.name);
  const changed = before.columns.filter((column) => {
    const now = shape.columns.find(({ name }) => name === column.name);
    return (
      now &&
      (now.definition !== column.definition ||
        now.default !== column.default ||
        now.nullable !== column.nullable)
    );
  });
  if (changed.length > 0) await schema.restore(queryRunner, present, changed);
}

/** In characters: `2025-12-01 11:43:13`. */
const SHORTEST_INSTANT = 19;

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
async function refuseLoss(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const { target, own, nameOf } = table;
  const { columns } = await context.shapeOf(target.name);
  const present = new Set(columns.map(({ name }) => name));
  await refuseAccounts(context, table, before, present);
  for (const { property, instant } of own.columns) {
    const found = before.columns.find(({ name }) => name === nameOf(property));
    if (!found || !present.has(found.name)) continue;
    const column = context.escape(found.name);
    if (!found.nullable) await refuse(context, table, found.name, `${column} IS NULL`, 'NULL');
    // A revert that was interrupted may have given an instant its old type back.
    const isDate = instant && hasColumn({ columns }, found.name, 'instant');
    const isText = instant && found.kinds.includes('text');
    const lostText = widthOf(found) < SHORTEST_INSTANT ? `${column} IS NOT NULL` : null;
    const condition = isDate ? null : isText ? lostText : context.columnValues.lostIn(column, found);
    if (condition !== null) {
      await refuse(context, table, found.name, condition, `a value that does not fit into ${found.type}`);
    }
  }
}

async function refuse(
  context: MigrationContext,
  { target }: ResolvedTable,
  column: string,
  condition: string,
  what: string,
): Promise<void> {
  const count = await context.count(target.name, condition);
  if (count === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `Column ${quote(column)} of ${quote(target.name)} has ${what} in ${count} rows, which it could not have before its ` +
      'adoption. Nothing was changed. Change or delete those rows, then revert again.',
  );
}

/** Without the column `account`, two accounts of a user at one connection would be two indistinguishable rows. */
async function refuseAccounts(
  context: MigrationContext,
  { target, nameOf }: ResolvedTable,
  before: FoundTable,
  present: ReadonlySet<string>,
): Promise<void> {
  const name = nameOf('account');
  if (before.columns.some((column) => column.name === name) || !present.has(name)) return;
  const condition = `${context.escape(name)} <> 'default'`;
  const count = await context.count(target.name, condition);
  if (count === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} has rows with an account other than "default" (${count}), and before its ` +
      'adoption it had no column for the account. Nothing was changed. Delete those rows ' +
      `(DELETE FROM ${context.path(target.name)} WHERE ${condition}), then revert again.`,
  );
}

function instantsOf({ own, nameOf }: ResolvedTable): { name: string; local: boolean }[] {
  return own.columns
    .filter(({ instant }) => instant !== undefined)
    .map(({ property, instant }) => ({ name: nameOf(property), local: instant === 'local' }));
}

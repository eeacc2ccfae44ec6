/**
 * Reverts an adoption: restores the old columns and converts the current values to the old form. Every row is kept.
 * Neither the old format of tokens nor the foreign keys on connection names are restored.
 */
import type { MigrationContext } from '../../database/migration-context';
import type { FoundColumn } from '../../database/table-shape';
import { hasColumn, widthOf } from '../../database/table-shape';
import type { ResolvedTable } from '../own-table';
import { instantColumns, widen } from './convert';
import { restoreKeys } from './keys';
import { pagesOf } from './key-ranges';
import { toLegacyInstant } from './legacy-instant';
import type { FoundTable } from './record';
import { AdoptionRecord } from './record';
import { readTable } from './rows';
import { refuseLoss } from './unrestorable';
import { keptColumns, writeTexts } from './write-texts';

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
  const shape = await context.schema.shapeOf(context.queryRunner, table.target.name);
  // A revert that was interrupted may have given a column its old type back: its values are in the old form.
  const columns = instantColumns(table).flatMap(({ name, local }) => {
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
  const listed = [table.keyColumn, ...columns.map(({ name }) => name)].map((name) => context.escape(name));
  const names = columns.map(({ name }) => name);
  const kept = await keptColumns(context, table);
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
    await writeTexts(context, table, names, rewritten, kept);
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
  const shape = await schema.shapeOf(queryRunner, table.target.name);
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

/**
 * Creates tables that are missing and adopts those that another program created. A table that has our name but another
 * purpose is refused before anything is changed.
 */
import type { MigrationContext } from '../database/migration-context';
import { adoptTables } from './adoption/adopt';
import type { ForeignTable } from './adoption/foreign-table';
import { recognize } from './adoption/recognize';
import { AdoptionRecord } from './adoption/record';
import { undoAdoptions } from './adoption/undo';
import type { OwnTable, ResolvedTable } from './own-table';
import { resolveTable } from './own-table';

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
export async function createOrAdoptTables(
  context: MigrationContext,
  tables: readonly OwnTable[],
): Promise<void> {
  const { queryRunner, schema } = context;
  const missing: ResolvedTable[] = [];
  const foreign: ForeignTable[] = [];
  const record = new AdoptionRecord(context);
  for (const own of tables) {
    const table = await resolveTable(context, own);
    const found = await recognize(context, table);
    if (found === 'missing') missing.push(table);
    else if (found !== 'ours') foreign.push(found);
  }
  if (foreign.length > 0) await schema.keepingViews(queryRunner, () => adoptTables(context, foreign));
  for (const { target } of missing) {
    await record.writeCreated(target.name);
    await queryRunner.createTable(target);
  }
}

/**
 * Reverts `createOrAdoptTables`, finished or not: restores the old columns of adopted tables and drops the tables that it
 * created. Any other table stays as it is.
 */
export async function dropOrRestoreTables(
  context: MigrationContext,
  tables: readonly OwnTable[],
): Promise<void> {
  const { queryRunner, schema } = context;
  const record = new AdoptionRecord(context);
  const resolved: ResolvedTable[] = [];
  for (const own of tables) resolved.push(await resolveTable(context, own));
  await schema.keepingViews(queryRunner, () => undoAdoptions(context, resolved));
  for (const { target } of resolved.toReversed()) {
    if (await record.isCreated(target.name)) await queryRunner.dropTable(target, true);
  }
  // At the end: a revert that was interrupted needs it to continue.
  await record.drop();
}

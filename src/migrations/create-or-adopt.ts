/**
 * Creates tables that are missing and adopts those that another program created. A table that has our name but another
 * purpose is refused before anything is changed.
 */
import type { QueryRunner, Table } from 'typeorm';
import { engineOf } from '../database/engines';
import { migrationContext } from '../database/migration-context';
import { ConnectionsError, quote } from '../errors';
import { dataSourceOf } from '../typeorm';
import type { ForeignTable } from './adoption/adopt';
import { adoptTables } from './adoption/adopt';
import { differs } from './adoption/difference';
import { AdoptionRecord } from './adoption/record';
import { undoAdoptions } from './adoption/undo';
import type { OwnTable, ResolvedTable } from './own-table';
import { resolveTable } from './own-table';

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
export async function createOrAdoptTables(
  queryRunner: QueryRunner,
  tables: readonly OwnTable[],
): Promise<void> {
  const missing: ResolvedTable[] = [];
  const foreign: ForeignTable[] = [];
  const record = new AdoptionRecord(queryRunner);
  const { schema } = engineOf(dataSourceOf(queryRunner));
  for (const own of tables) {
    const table = await resolveTable(queryRunner, own);
    const present = await presentTable(queryRunner, table);
    if (!present) missing.push(table);
    else if (differs(queryRunner, present, table) || (await record.read(table.target.name))) {
      refuseUnrelated(table, present);
      foreign.push({ table, present });
    }
  }
  if (foreign.length > 0) await schema.keepingViews(queryRunner, () => adoptAll(queryRunner, foreign));
  for (const { target } of missing) await queryRunner.createTable(target);
}

/** Reverts `createOrAdoptTables`: restores the old columns of adopted tables and drops the tables that it created. */
export async function dropOrRestoreTables(
  queryRunner: QueryRunner,
  tables: readonly OwnTable[],
): Promise<void> {
  const resolved: ResolvedTable[] = [];
  for (const own of tables) resolved.push(await resolveTable(queryRunner, own));
  const { schema } = engineOf(dataSourceOf(queryRunner));
  const undone = await schema.keepingViews(queryRunner, () => undoAdoptions(queryRunner, resolved));
  for (const table of resolved.toReversed()) {
    const present = await presentTable(queryRunner, table);
    // A table that differs from ours belongs to another program: an interrupted revert has restored it already.
    if (!present || undone.has(table.target.name) || differs(queryRunner, present, table)) continue;
    await queryRunner.dropTable(table.target);
  }
}

async function presentTable(queryRunner: QueryRunner, { target }: ResolvedTable): Promise<Table | undefined> {
  return (await queryRunner.hasTable(target.name)) ? queryRunner.getTable(target.name) : undefined;
}

async function adoptAll(queryRunner: QueryRunner, foreign: readonly ForeignTable[]): Promise<void> {
  const context = migrationContext(queryRunner);
  if (context) return adoptTables(queryRunner, foreign, context);
  const names = foreign.map(({ present }) => quote(present.name)).join(', ');
  throw new ConnectionsError(
    'tables_foreign',
    `The database has tables that another program created: ${names}. Nothing was changed. Call ` +
      '`await runConnectionMigrations(dataSource)` instead of running `connectionMigrations` yourself: it adopts those ' +
      'tables under a lock, removes their foreign keys to connections and keeps every row.',
  );
}

function refuseUnrelated({ own, target, nameOf }: ResolvedTable, present: Table): void {
  const missing = own.columns
    .filter(({ identifying }) => identifying)
    .map(({ property }) => nameOf(property))
    .filter((name) => !present.findColumnByName(name));
  if (missing.length === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} exists but is not a table that can be adopted: it has no ` +
      `${missing.map((name) => quote(name)).join(', ')}. Nothing was changed. Rename or drop that table, or give the ` +
      'DataSource an `entityPrefix` or another `schema`.',
  );
}

/**
 * Creates tables that are missing and adopts those that another program created. A table that has our name but another
 * purpose is refused before anything is changed.
 */
import type { Table } from 'typeorm';
import type { MigrationContext } from '../database/migration-context';
import type { TableShape } from '../database/table-shape';
import { ConnectionsError, quote } from '../errors';
import type { ForeignTable } from './adoption/adopt';
import { adoptTables } from './adoption/adopt';
import { differs } from './adoption/difference';
import { AdoptionRecord } from './adoption/record';
import { readTable } from './adoption/rows';
import { undoAdoptions } from './adoption/undo';
import { unfit } from './adoption/unfit-error';
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
    if (!(await queryRunner.hasTable(table.target.name))) {
      await refuseOtherSchema(context, table);
      missing.push(table);
      continue;
    }
    const shape = await schema.shapeOf(queryRunner, table.target.name);
    refuseGenerated(table, shape);
    const present = await readTable(context, table);
    if (differs(context, present, shape, table) || (await record.read(table.target.name))) {
      refuseUnrelated(table, present);
      foreign.push({ table, present, shape });
    }
  }
  if (foreign.length > 0) await schema.keepingViews(queryRunner, () => adoptAll(context, foreign));
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

/** TypeORM cannot read a table with such a column that it did not create. */
function refuseGenerated(table: ResolvedTable, { columns }: TableShape): void {
  const found = columns.find(({ generated }) => generated);
  if (found) throw unfit(table, `column ${quote(found.name)} is a generated column`, 'Drop that column');
}

/** A table that statements reach by its name alone, in another schema than the one that a new table would be created in. */
async function refuseOtherSchema(context: MigrationContext, { target }: ResolvedTable): Promise<void> {
  if (target.name.includes('.')) return;
  const [present] = await context.read({ sql: context.schema.tablePresent(target.name, undefined) });
  if (!Number(present?.[0])) return;
  throw new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} is in another schema than the first of the search path, where a new one would hide ` +
      'it. Nothing was changed. Give the DataSource the `schema` that its tables are in, or are to be in.',
  );
}

async function adoptAll(context: MigrationContext, foreign: readonly ForeignTable[]): Promise<void> {
  if (context.mayAdopt) return adoptTables(context, foreign);
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

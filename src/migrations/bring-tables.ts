/**
 * Brings tables to our shape, whatever stands there: nothing, ours, or another program's. What is something else
 * entirely is refused before anything is changed.
 */
import type { QueryRunner, Table } from 'typeorm';
import { engineOf } from '../database/engine';
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
export async function bringTables(queryRunner: QueryRunner, tables: readonly OwnTable[]): Promise<void> {
  const missing: ResolvedTable[] = [];
  const foreign: ForeignTable[] = [];
  const record = new AdoptionRecord(queryRunner);
  const engine = engineOf(dataSourceOf(queryRunner));
  for (const own of tables) {
    const table = await resolveTable(queryRunner, own);
    const present = await presentTable(queryRunner, table);
    if (!present) missing.push(table);
    else if (differs(queryRunner, present, table) || (await record.read(table.target.name))) {
      refuseSomethingElse(table, present);
      foreign.push({ table, present });
    }
  }
  if (foreign.length > 0) await engine.keepingViews(queryRunner, () => adoptAll(queryRunner, foreign));
  for (const { target } of missing) await queryRunner.createTable(target);
}

/** Gives adopted tables their old columns back, and drops those that we made. */
export async function takeTablesBack(queryRunner: QueryRunner, tables: readonly OwnTable[]): Promise<void> {
  const resolved: ResolvedTable[] = [];
  for (const own of tables) resolved.push(await resolveTable(queryRunner, own));
  const engine = engineOf(dataSourceOf(queryRunner));
  const undone = await engine.keepingViews(queryRunner, () => undoAdoptions(queryRunner, resolved));
  for (const table of resolved.toReversed()) {
    const present = await presentTable(queryRunner, table);
    // A table that is not of our shape is another program's: a revert that was cut off had given it back already.
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
    `Another program made ${names}. Nothing was changed. Call \`await runConnectionMigrations(dataSource)\` instead of ` +
      'running `connectionMigrations` yourself: it keeps every row, under a lock and with foreign keys out of the way.',
  );
}

function refuseSomethingElse({ own, target, nameOf }: ResolvedTable, present: Table): void {
  const missing = own.columns
    .filter(({ telling }) => telling)
    .map(({ property }) => nameOf(property))
    .filter((name) => !present.findColumnByName(name));
  if (missing.length === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `There is a table ${quote(target.name)} that is something else: it has no ${missing.map((name) => quote(name)).join(', ')}. ` +
      'Nothing was changed. Rename or drop that table, or give the DataSource an `entityPrefix` or another `schema`.',
  );
}

/**
 * Gives adopted tables their old columns back, with the values of today in the old form. Rows keep what they have; the
 * format of tokens and the foreign keys on connection names do not come back.
 */
import type { QueryRunner, Table } from 'typeorm';
import { TableColumn } from 'typeorm';
import { engineOf } from '../../database/engine';
import { escapedPath } from '../../database/path';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';
import { toLegacyInstant } from './legacy-instant';
import type { FoundTable } from './record';
import { AdoptionRecord } from './record';

/** @returns the paths of the tables that were adopted once and have their old shape again */
export async function undoAdoptions(
  queryRunner: QueryRunner,
  tables: readonly ResolvedTable[],
): Promise<ReadonlySet<string>> {
  const record = new AdoptionRecord(queryRunner);
  const engine = engineOf(dataSourceOf(queryRunner));
  const undone = new Set<string>();
  for (const table of tables) {
    const before = await record.read(table.target.name);
    if (!before) continue;
    undone.add(table.target.name);
    await restoreUniqueKeys(queryRunner, table, before);
    await engine.keepingTriggersAndIndexes(queryRunner, table.target.name, async () => {
      await dropAddedColumns(queryRunner, table, before);
      await writeInstantsBack(queryRunner, table, before);
      await retypeBack(queryRunner, table, before);
    });
  }
  if (undone.size > 0) await record.drop();
  return undone;
}

/** Our keys go first, since they name columns that go; the old ones come back where the rows still allow them. */
async function restoreUniqueKeys(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const path = escapedPath(dataSource, table.target.name);
  for (const columns of before.uniques) {
    const listed = columns.map((name) => dataSource.driver.escape(name)).join(', ');
    const twice = await queryRunner.query(
      ` SELECT ${listed} FROM ${path} GROUP BY ${listed} HAVING COUNT(*) > 1 LIMIT 1`,
    );
    if (twice.length > 0) continue;
    const name = dataSource.namingStrategy.uniqueConstraintName(table.target, [...columns]);
    const quoted = dataSource.driver.escape(name);
    await queryRunner.query(`CREATE UNIQUE INDEX ${quoted} ON ${path} (${listed})`);
  }
  const added = new Set(addedColumns(table, before));
  const present = await read(queryRunner, table);
  const ours = present.indices.filter(({ columnNames }) => columnNames.some((name) => added.has(name)));
  for (const index of ours) await queryRunner.dropIndex(table.target.name, index);
}

async function dropAddedColumns(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const present = await read(queryRunner, table);
  const added = addedColumns(table, before).filter((name) => present.findColumnByName(name));
  if (added.length > 0) await queryRunner.dropColumns(present, added);
}

async function writeInstantsBack(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const { placeholder } = engineOf(dataSource);
  const path = escapedPath(dataSource, table.target.name);
  const escape = (name: string) => dataSource.driver.escape(name);
  const instants = oldInstants(table, before);
  for (const { name, zone } of instants) {
    const column = escape(name);
    const rows: { v: string }[] = await queryRunner.query(
      ` SELECT DISTINCT ${column} AS v FROM ${path} WHERE ${column} LIKE '%Z'`,
    );
    for (const { v } of rows) {
      await queryRunner.query(
        `UPDATE ${path} SET ${column} = ${placeholder(1)} WHERE ${column} = ${placeholder(2)}`,
        [toLegacyInstant(v, zone), v],
      );
    }
  }
}

async function retypeBack(queryRunner: QueryRunner, table: ResolvedTable, before: FoundTable): Promise<void> {
  const present = await read(queryRunner, table);
  const { driver } = dataSourceOf(queryRunner);
  const changes = before.columns.flatMap(({ name, type, nullable }) => {
    const from = present.findColumnByName(name);
    if (!from || (driver.createFullType(from) === type && from.isNullable === nullable)) return [];
    return [{ from, to: new TableColumn({ name, type, isNullable: nullable, isPrimary: from.isPrimary }) }];
  });
  if (changes.length > 0) {
    await engineOf(dataSourceOf(queryRunner)).retype(queryRunner, present, changes);
  }
}

function addedColumns({ target }: ResolvedTable, before: FoundTable): string[] {
  return target.columns
    .map(({ name }) => name)
    .filter((name) => !before.columns.some((column) => column.name === name));
}

function oldInstants({ own, nameOf }: ResolvedTable, before: FoundTable): { name: string; zone: string }[] {
  return own.columns.flatMap(({ property, instant }) => {
    const name = nameOf(property);
    const old = before.columns.find((column) => column.name === name);
    if (instant === undefined || !old || !/date|time/i.test(old.type)) return [];
    return [{ name, zone: instant === 'local' && !old.absolute ? before.zone : 'UTC' }];
  });
}

async function read(queryRunner: QueryRunner, { target }: ResolvedTable): Promise<Table> {
  return (await queryRunner.getTable(target.name)) as Table;
}

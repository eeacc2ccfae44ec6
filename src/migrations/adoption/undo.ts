/**
 * Reverts an adoption: restores the old columns and converts the current values to the old form. Every row is kept.
 * Neither the old format of tokens nor the foreign keys on connection names are restored.
 */
import type { QueryRunner } from 'typeorm';
import { TableColumn } from 'typeorm';
import { engineOf } from '../../database/engines';
import { escapedPath } from '../../database/path';
import { ConnectionsError, quote } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';
import { readTable } from './rows';
import { instantColumns } from './convert';
import { sameColumns } from './difference';
import { toLegacyInstant } from './legacy-instant';
import type { FoundTable } from './record';
import { AdoptionRecord } from './record';
import { writeInstants } from './write-instants';

/** @returns the paths of the tables that were restored */
export async function undoAdoptions(
  queryRunner: QueryRunner,
  tables: readonly ResolvedTable[],
): Promise<ReadonlySet<string>> {
  const record = new AdoptionRecord(queryRunner);
  const { schema } = engineOf(dataSourceOf(queryRunner));
  const adopted: { table: ResolvedTable; before: FoundTable }[] = [];
  for (const table of tables) {
    const before = await record.read(table.target.name);
    if (before) adopted.push({ table, before });
  }
  for (const { table, before } of adopted) await refuseAccounts(queryRunner, table, before);
  for (const { table, before } of adopted) {
    await restoreUniqueKeys(queryRunner, table, before);
    await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, async () => {
      await dropAddedColumns(queryRunner, table, before);
      await writeInstantsBack(queryRunner, table, before);
      await retypeBack(queryRunner, table, before);
    });
  }
  if (adopted.length > 0) await record.drop();
  return new Set(adopted.map(({ table }) => table.target.name));
}

/** Without the column `account`, two accounts of a user at one connection would be two indistinguishable rows. */
async function refuseAccounts(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const present = await readTable(queryRunner, table);
  const name = table.nameOf('account');
  if (before.columns.some((column) => column.name === name) || !present.findColumnByName(name)) return;
  const path = escapedPath(dataSource, table.target.name);
  const [row] = await queryRunner.query(
    `SELECT COUNT(*) AS count FROM ${path} WHERE ${dataSource.driver.escape(name)} <> 'default'`,
  );
  if (Number(row.count) === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `The table ${quote(table.target.name)} has rows with an account other than "default" (${row.count}), and before its ` +
      'adoption it had no column for the account. Nothing was changed. Delete those rows ' +
      `(DELETE FROM ${path} WHERE ${dataSource.driver.escape(name)} <> 'default'), then revert again.`,
  );
}

/** Creates the old keys before it drops ours, whose columns will be dropped: a foreign key may need an index at every moment. */
async function restoreUniqueKeys(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const path = escapedPath(dataSource, table.target.name);
  for (const columns of before.uniques) {
    const name = dataSource.driver.escape(
      dataSource.namingStrategy.uniqueConstraintName(table.target, [...columns]),
    );
    const present = await readTable(queryRunner, table);
    const isThere = present.indices.some(
      (index) => index.isUnique && sameColumns(index.columnNames, columns),
    );
    const listed = columns.map((column) => dataSource.driver.escape(column)).join(', ');
    if (!isThere) await queryRunner.query(`CREATE UNIQUE INDEX ${name} ON ${path} (${listed})`);
  }
  const added = new Set(addedColumns(table, before));
  const present = await readTable(queryRunner, table);
  const ours = present.indices.filter(({ columnNames }) => columnNames.some((name) => added.has(name)));
  for (const index of ours) await queryRunner.dropIndex(table.target.name, index);
}

async function dropAddedColumns(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const present = await readTable(queryRunner, table);
  const added = addedColumns(table, before).filter((name) => present.findColumnByName(name));
  if (added.length > 0) await queryRunner.dropColumns(present, added);
}

async function writeInstantsBack(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const columns = instantColumns(table)
    .map(({ name, local }) => ({ name, local, old: before.columns.find((column) => column.name === name) }))
    .filter(({ old }) => old !== undefined && /date|time/i.test(old.type));
  if (columns.length === 0) return;
  const { driver } = dataSourceOf(queryRunner);
  const key = table.keyColumn;
  const path = escapedPath(dataSourceOf(queryRunner), table.target.name);
  const selected = columns.map(({ name }, index) => `, ${driver.escape(name)} AS c${index}`);
  const rows: Record<string, unknown>[] = await queryRunner.query(
    `SELECT ${driver.escape(key)} AS k${selected.join('')} FROM ${path}`,
  );
  const back = (value: unknown, zone: string) =>
    typeof value === 'string' && value.endsWith('Z')
      ? toLegacyInstant(value, zone)
      : (value as string | null);
  const rewritten = rows.map((row) => ({
    key: row['k'],
    instants: columns.map(({ local, old }, index) =>
      back(row[`c${index}`], local && !old?.absolute ? before.zone : 'UTC'),
    ),
  }));
  await writeInstants(
    queryRunner,
    table.target.name,
    key,
    columns.map(({ name }) => name),
    rewritten,
  );
}

async function retypeBack(queryRunner: QueryRunner, table: ResolvedTable, before: FoundTable): Promise<void> {
  const present = await readTable(queryRunner, table);
  const { driver } = dataSourceOf(queryRunner);
  const changes = before.columns.flatMap(({ name, type, nullable }) => {
    const from = present.findColumnByName(name);
    if (!from || (driver.createFullType(from) === type && from.isNullable === nullable)) return [];
    return [{ from, to: new TableColumn({ name, type, isNullable: nullable, isPrimary: from.isPrimary }) }];
  });
  if (changes.length > 0) {
    await engineOf(dataSourceOf(queryRunner)).schema.retype(queryRunner, present, changes);
  }
}

function addedColumns({ target }: ResolvedTable, before: FoundTable): string[] {
  return target.columns
    .map(({ name }) => name)
    .filter((name) => !before.columns.some((column) => column.name === name));
}

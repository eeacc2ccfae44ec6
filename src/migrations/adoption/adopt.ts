/**
 * Brings tables that another program made to our shape with every row kept. It goes by what the database has, never by
 * a version it assumes. Every step looks at what is there first: where DDL commits by itself, a start that was killed
 * is followed by one that goes on.
 */
import type { QueryRunner, Table } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import { engineOf } from '../../database/engine';
import { quote } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';
import { convertInstants, fillNulls, instantsToText } from './convert';
import {
  columnDiffers,
  connectionForeignKeys,
  missingColumns,
  missingIndexes,
  sameColumns,
} from './difference';
import type { FoundTable } from './record';
import { AdoptionRecord } from './record';
import { emptyTable, readTable, tooLongFor } from './rows';
import { refuseUnfit } from './unfit';

/** A table of another program, as it stands and as it is to be. Reading one is slow, so it is handed on. */
export interface ForeignTable {
  readonly table: ResolvedTable;
  readonly present: Table;
}

export async function adoptTables(
  queryRunner: QueryRunner,
  foreign: readonly ForeignTable[],
  context: MigrationContext,
): Promise<void> {
  const engine = engineOf(dataSourceOf(queryRunner));
  const record = new AdoptionRecord(queryRunner);
  const adopted: {
    readonly table: ResolvedTable;
    readonly before: FoundTable;
    readonly isRecorded: boolean;
  }[] = [];
  for (const { table, present } of foreign) {
    const known = await record.read(table.target.name);
    const before = known ?? found(queryRunner, present, table, context.legacyTimeZone);
    if (!known) await refuseUnfit(queryRunner, table, present, before);
    adopted.push({ table, before, isRecorded: known !== undefined });
  }
  for (const { table, before, isRecorded } of adopted) {
    if (!isRecorded) await record.write(table.target.name, before);
  }
  for (const { table, present } of foreign) {
    const keys = connectionForeignKeys(present, table);
    if (keys.length > 0) await queryRunner.dropForeignKeys(present, keys);
  }
  for (const { table, before } of adopted) {
    await engine.keepingTriggersAndIndexes(queryRunner, table.target.name, () =>
      reshape(queryRunner, table, before, context),
    );
    await replaceUniqueKeys(queryRunner, table, before);
    context.log('info', `The table ${quote(table.target.name)} of another program was adopted.`);
  }
}

async function reshape(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
  context: MigrationContext,
): Promise<void> {
  const { target, own } = table;
  if (own.shortLived) {
    const count = await emptyTable(queryRunner, target.name);
    if (count > 0)
      context.log('warn', `${count} authorizations in flight were dropped; their users start again.`);
  }
  const first = await readTable(queryRunner, table);
  const added = missingColumns(first, target).map((column) => {
    const nullable = column.clone();
    nullable.isNullable = column.default === undefined;
    return nullable;
  });
  if (added.length > 0) await queryRunner.addColumns(first, added);
  const present = added.length > 0 ? await readTable(queryRunner, table) : first;
  await instantsToText(queryRunner, table, present);
  await convertInstants(queryRunner, table, before);
  await fillNulls(queryRunner, table);
  await retype(queryRunner, table, context);
}

/** The columns whose type, length, nullability or collation is not ours yet, but for those that cannot change. */
async function retype(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  context: MigrationContext,
): Promise<void> {
  const present = await readTable(queryRunner, table);
  const wrong = table.target.columns
    .map((to) => ({ from: present.findColumnByName(to.name), to }))
    .flatMap(({ from, to }) => (from && columnDiffers(queryRunner, from, to) ? [{ from, to }] : []));
  const tooLong = await tooLongFor(
    queryRunner,
    present,
    wrong.map(({ to }) => to),
  );
  for (const name of tooLong) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} holds longer text than ours and was left wide.`,
    );
  }
  const changes = wrong.map(({ from, to }) => {
    if (!tooLong.has(to.name)) return { from, to };
    const wide = to.clone();
    Object.assign(wide, { type: from.type, length: from.length });
    return { from, to: wide };
  });
  if (changes.length === 0) return;
  const held = await engineOf(dataSourceOf(queryRunner)).retype(queryRunner, present, changes);
  for (const name of held) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} is held by a foreign key and keeps its type and collation: ` +
        'there, values that the collation takes for one may clash.',
    );
  }
}

/** Ours first, then the narrower one goes: another foreign key may need an index at every moment. */
async function replaceUniqueKeys(
  queryRunner: QueryRunner,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const present = await readTable(queryRunner, table);
  const { target } = table;
  const wanted = missingIndexes(present, target);
  if (wanted.length > 0) await queryRunner.createIndices(present, wanted);
  const [narrow] = before.uniques;
  if (!narrow) return;
  for (const key of present.uniques.filter(({ columnNames }) => sameColumns(columnNames, narrow))) {
    await queryRunner.dropUniqueConstraint(present, key);
  }
  for (const key of present.indices.filter(({ columnNames }) => sameColumns(columnNames, narrow))) {
    if (key.isUnique) await queryRunner.dropIndex(present, key);
  }
}

function found(queryRunner: QueryRunner, present: Table, table: ResolvedTable, zone: string): FoundTable {
  const dataSource = dataSourceOf(queryRunner);
  const { absoluteTimestamp } = engineOf(dataSource);
  const narrow = [table.nameOf('userId'), table.nameOf('connectionName')];
  const keys = [...present.uniques, ...present.indices.filter(({ isUnique }) => isUnique)];
  const isReplaced = keys.some(({ columnNames }) => sameColumns(columnNames, narrow));
  return {
    columns: present.columns.map((column) => ({
      name: column.name,
      type: dataSource.driver.createFullType(column),
      nullable: column.isNullable,
      absolute: column.type === absoluteTimestamp,
    })),
    uniques: isReplaced ? [narrow] : [],
    zone,
  };
}

/**
 * Changes tables that another program created into ours and keeps every row. It inspects the database and never assumes a
 * version. Every step first checks what is already done, because on engines where DDL commits by itself the next start
 * must be able to continue after an interrupted one.
 */
import type { QueryRunner, Table } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import { engineOf } from '../../database/engines';
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

/** A table of another program. `present` is passed along because reading a table is slow. */
export interface ForeignTable {
  readonly table: ResolvedTable;
  readonly present: Table;
}

export async function adoptTables(
  queryRunner: QueryRunner,
  foreign: readonly ForeignTable[],
  context: MigrationContext,
): Promise<void> {
  const { schema } = engineOf(dataSourceOf(queryRunner));
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
    await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, () =>
      reshape(queryRunner, table, before, context),
    );
    await replaceUniqueKeys(queryRunner, table, before);
    context.log('info', `The table ${quote(table.target.name)}, which another program created, was adopted.`);
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
    if (count > 0) {
      context.log(
        'warn',
        `Unfinished authorizations of another program were deleted: ${count}. Their users have to start connecting again.`,
      );
    }
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

/** Changes columns whose type, length, nullability or collation differs from ours, except where that is impossible. */
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
      `Column ${quote(name)} of ${quote(present.name)} contains text longer than our limit, so the column keeps its length. ` +
        'Nothing has to be done.',
    );
  }
  const changes = wrong.map(({ from, to }) => {
    if (!tooLong.has(to.name)) return { from, to };
    const wide = to.clone();
    Object.assign(wide, { type: from.type, length: from.length });
    return { from, to: wide };
  });
  if (changes.length === 0) return;
  const held = await engineOf(dataSourceOf(queryRunner)).schema.retype(queryRunner, present, changes);
  for (const name of held) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} is used by a foreign key and keeps its type and collation. Values ` +
        'that this collation treats as equal, such as "ada" and "Ada", conflict in unique keys (as in `account_taken`). To ' +
        'prevent that, drop the foreign key and change the column to a binary collation such as utf8mb4_bin.',
    );
  }
}

/** Creates our unique keys before it drops the narrower one: a foreign key may need an index at every moment. */
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
  const { absoluteTimestamp } = engineOf(dataSource).schema;
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

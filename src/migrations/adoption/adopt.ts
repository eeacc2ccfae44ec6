/**
 * Changes tables that another program created into ours and keeps every row. It inspects the database and never assumes a
 * version. Every step first checks what is already done, because on engines where DDL commits by itself the next start
 * must be able to continue after an interrupted one.
 */
import type { Table } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import type { TableShape } from '../../database/table-shape';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { convertInstants, fillNulls, makeRoom } from './convert';
import { columnDiffers, connectionForeignKeys, missingColumns } from './difference';
import { replaceKeys } from './keys';
import { removeMetadataSecrets } from './metadata-secrets';
import type { FoundTable } from './record';
import { AdoptionRecord } from './record';
import { emptyTable, readTable, tooLongFor } from './rows';
import { refuseUnfit } from './unfit';

/** A table of another program. `present` and `shape` are passed along because reading a table is slow. */
export interface ForeignTable {
  readonly table: ResolvedTable;
  readonly present: Table;
  readonly shape: TableShape;
}

export async function adoptTables(
  context: MigrationContext,
  foreign: readonly ForeignTable[],
): Promise<void> {
  const { queryRunner, schema } = context;
  const record = new AdoptionRecord(context);
  const adopted: {
    readonly table: ResolvedTable;
    readonly before: FoundTable;
    readonly isRecorded: boolean;
  }[] = [];
  for (const { table, shape } of foreign) {
    const known = await record.read(table.target.name);
    const before = known ?? foundTable(context, table, shape);
    if (!known) await refuseUnfit(context, table, shape, before);
    adopted.push({ table, before, isRecorded: known !== undefined });
  }
  for (const { table, before, isRecorded } of adopted) {
    if (!isRecorded) await record.write(table.target.name, before);
  }
  for (const { table, present } of foreign) {
    if (connectionForeignKeys(present, table).length === 0) continue;
    await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, async () => {
      const now = await readTable(context, table);
      await queryRunner.dropForeignKeys(now, connectionForeignKeys(now, table));
    });
  }
  for (const { table, before } of adopted) {
    await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, () =>
      reshape(context, table, before),
    );
    await replaceKeys(context, table);
    await removeMetadataSecrets(context, table);
    context.log('info', `The table ${quote(table.target.name)}, which another program created, was adopted.`);
  }
}

async function reshape(context: MigrationContext, table: ResolvedTable, before: FoundTable): Promise<void> {
  const { target, own } = table;
  if (own.shortLived) {
    const count = await emptyTable(context, target.name);
    if (count > 0) {
      context.log(
        'warn',
        `Unfinished authorizations of another program were deleted: ${count}. Their users have to start connecting again.`,
      );
    }
  }
  const first = await readTable(context, table);
  const added = missingColumns(first, target).map((column) => {
    const nullable = column.clone();
    nullable.isNullable = column.default === undefined;
    return nullable;
  });
  if (added.length > 0) await context.queryRunner.addColumns(first, added);
  const present = added.length > 0 ? await readTable(context, table) : first;
  await makeRoom(context, table, present);
  await convertInstants(context, table, before);
  await fillNulls(context, table);
  await retype(context, table);
}

/** Changes columns whose type, length, nullability or collation differs from ours, except where that is impossible. */
async function retype(context: MigrationContext, table: ResolvedTable): Promise<void> {
  const { queryRunner, schema } = context;
  const present = await readTable(context, table);
  const shape = await schema.shapeOf(queryRunner, table.target.name);
  const wrong = table.target.columns
    .map((to) => ({ from: present.findColumnByName(to.name), to }))
    .flatMap(({ from, to }) => (from && columnDiffers(context, from, shape, to) ? [{ from, to }] : []));
  const tooLong = await tooLongFor(
    context,
    present.name,
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
    return { from, to: Object.assign(to.clone(), schema.wideType(from)) };
  });
  if (changes.length === 0) return;
  const held = await schema.retype(queryRunner, present, changes);
  for (const name of held) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} is used by a foreign key and keeps its type and collation. Values ` +
        'that this collation treats as equal, such as "ada" and "Ada", conflict in unique keys (as in `account_taken`). To ' +
        'prevent that, drop the foreign key and change the column to a binary collation such as utf8mb4_bin.',
    );
  }
}

function foundTable(context: MigrationContext, table: ResolvedTable, shape: TableShape): FoundTable {
  const ours = new Set(table.target.columns.map(({ name }) => name));
  return {
    columns: shape.columns.filter(({ name }) => ours.has(name)),
    keys: shape.keys,
    zone: context.legacyTimeZone,
  };
}

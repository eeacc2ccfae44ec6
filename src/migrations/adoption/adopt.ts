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
import { connectionForeignKeys } from './difference';
import { replaceKeys } from './keys';
import { removeMetadataSecrets } from './metadata-secrets';
import type { FoundTable } from './record';
import { AdoptionRecord } from './record';
import { refuseImpossible } from './rehearsal';
import { reshape } from './reshape';
import { readTable } from './rows';
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
    if (!known) {
      await refuseUnfit(context, table, shape, before);
      await refuseImpossible(context, table, shape, before);
    }
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

function foundTable(context: MigrationContext, table: ResolvedTable, shape: TableShape): FoundTable {
  const ours = new Set(table.target.columns.map(({ name }) => name));
  return {
    columns: shape.columns.filter(({ name }) => ours.has(name)),
    keys: shape.keys,
    zone: context.legacyTimeZone,
  };
}

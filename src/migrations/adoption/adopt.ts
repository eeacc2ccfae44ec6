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
import type { Known } from './reshape';
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
    readonly known: Known;
    readonly isRecorded: boolean;
  }[] = [];
  for (const { table, shape } of foreign) {
    const recorded = await record.read(table.target.name);
    const before = recorded ?? foundTable(context, table, shape);
    const known = recorded ? {} : await refuseAny(context, table, shape, before);
    adopted.push({ table, before, known, isRecorded: recorded !== undefined });
  }
  for (const { table, before, isRecorded } of adopted) {
    if (!isRecorded) await record.write(table.target.name, before);
  }
  if (!schema.rebuildsTables) for (const { table } of foreign) await dropConnectionKeys(context, table);
  for (const { table, before, known } of adopted) {
    await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, () =>
      reshape(context, table, before, known),
    );
    if (schema.rebuildsTables) await dropConnectionKeys(context, table);
    await replaceKeys(context, table);
    await removeMetadataSecrets(context, table);
    context.log('info', `The table ${quote(table.target.name)}, which another program created, was adopted.`);
  }
}

async function refuseAny(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
  before: FoundTable,
): Promise<Known> {
  const findings = await refuseUnfit(context, table, shape, before);
  await refuseImpossible(context, table, findings.tooLong, before);
  return findings;
}

/** Where a table is rebuilt, that has done it unless no column was different. */
async function dropConnectionKeys(context: MigrationContext, table: ResolvedTable): Promise<void> {
  const { queryRunner, schema } = context;
  const present = await readTable(context, table);
  if (connectionForeignKeys(present, table).length === 0) return;
  await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, async () => {
    const now = await readTable(context, table);
    await queryRunner.dropForeignKeys(now, connectionForeignKeys(now, table));
  });
}

function foundTable(context: MigrationContext, table: ResolvedTable, shape: TableShape): FoundTable {
  const ours = new Set(table.target.columns.map(({ name }) => name));
  return {
    columns: shape.columns.filter(({ name }) => ours.has(name)),
    keys: shape.keys,
    zone: context.legacyTimeZone,
  };
}

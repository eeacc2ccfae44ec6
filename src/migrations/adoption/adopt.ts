/**
 * Changes tables that another program created into ours and keeps every row. It inspects the database and never assumes a
 * version. Every step first checks what is already done, because on engines where DDL commits by itself the next start
 * must be able to continue after an interrupted one.
 */
import type { TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import type { Findings, ForeignTable, FoundTable } from './foreign-table';
import { foundTable, readTable } from './foreign-table';
import { replaceKeys } from './keys';
import { removeMetadataSecrets } from './metadata-secrets';
import { connectionForeignKeys } from './recognize';
import { AdoptionRecord } from './record';
import { rehearse } from './rehearsal';
import { reshape } from './reshape';
import { refuseUnfitShape } from './unfit-shape';
import { refuseUnfitValues } from './unfit-values';

interface Adoption {
  readonly table: ResolvedTable;
  readonly before: FoundTable;
  readonly findings: Findings;
  /** Whether an adoption that was interrupted has recorded what the table was. */
  readonly isRecorded: boolean;
}

/**
 * Judges and records all tables before it changes the first.
 * @throws ConnectionsError `tables_foreign`, with nothing changed
 */
export async function adoptTables(
  context: MigrationContext,
  foreign: readonly ForeignTable[],
): Promise<void> {
  if (!context.mayAdopt) throw mayNotAdopt(foreign);
  const { queryRunner, schema } = context;
  const record = new AdoptionRecord(context);
  const adoptions: Adoption[] = [];
  for (const { table, shape } of foreign) {
    const earlier = await record.read(table.target.name);
    const before = earlier ?? foundTable(context, table, shape);
    const findings = earlier ? {} : await judge(context, table, shape, before);
    adoptions.push({ table, before, findings, isRecorded: earlier !== undefined });
  }
  for (const { table, before, isRecorded } of adoptions) {
    if (!isRecorded) await record.write(table.target.name, before);
  }
  if (!schema.rebuildsTables) for (const { table } of foreign) await dropConnectionKeys(context, table);
  for (const { table, before, findings } of adoptions) {
    await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, () =>
      reshape(context, table, before, findings),
    );
    if (schema.rebuildsTables) await dropConnectionKeys(context, table);
    await replaceKeys(context, table);
    await removeMetadataSecrets(context, table);
    context.log('info', `The table ${quote(table.target.name)}, which another program created, was adopted.`);
  }
}

/** @throws ConnectionsError `tables_foreign` */
async function judge(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
  before: FoundTable,
): Promise<Findings> {
  await refuseUnfitShape(context, table, shape);
  const findings = await refuseUnfitValues(context, table, shape, before);
  await rehearse(context, table, findings.tooLong, before);
  return findings;
}

/** On engines that rebuild tables, the rebuild has dropped them already, unless no column differed and nothing was rebuilt. */
async function dropConnectionKeys(context: MigrationContext, table: ResolvedTable): Promise<void> {
  const { queryRunner, schema } = context;
  const present = await readTable(context, table);
  if (connectionForeignKeys(present, table).length === 0) return;
  await schema.keepingTriggersAndIndexes(queryRunner, table.target.name, async () => {
    const now = await readTable(context, table);
    await queryRunner.dropForeignKeys(now, connectionForeignKeys(now, table));
  });
}

function mayNotAdopt(foreign: readonly ForeignTable[]): ConnectionsError {
  const names = foreign.map(({ present }) => quote(present.name)).join(', ');
  return new ConnectionsError(
    'tables_foreign',
    `The database has tables that another program created: ${names}. Nothing was changed. Call ` +
      '`await runConnectionMigrations(dataSource)` instead of running `connectionMigrations` yourself: it adopts those ' +
      'tables under a lock, removes their foreign keys to connections and keeps every row.',
  );
}

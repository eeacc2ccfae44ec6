/**
 * Tries an adoption on an empty copy of the table, where DDL cannot be undone: only the database knows whether a row, a key
 * or an index has room for our columns.
 */
import type { TableIndex } from 'typeorm';
import { MigrationContext } from '../../database/migration-context';
import { driverError } from '../../database/failure';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { heldColumns } from './duplicates';
import { missingKeys, replaceKeys } from './keys';
import type { FoundTable } from './record';
import { reshape } from './reshape';
import { unfit } from './unfit-error';

const COPY = 'connection_adoption_rehearsal';

/** Codes of errors that are not about the table. */
const PASSING = /SHUTDOWN|INTERRUPTED|DISK_FULL|FILE_FULL/;

/**
 * @param tooLong columns with a text that is longer than ours may be
 * @throws ConnectionsError `tables_foreign`, with nothing changed
 */
export async function refuseImpossible(
  context: MigrationContext,
  table: ResolvedTable,
  tooLong: ReadonlySet<string>,
  before: FoundTable,
): Promise<void> {
  const { queryRunner, schema, legacyTimeZone, mayAdopt } = context;
  if (schema.undoesDdl) return;
  const target = table.target.clone();
  target.name = [...table.target.name.split('.').slice(0, -1), COPY].join('.');
  const known = { held: await heldColumns(context, table), tooLong };
  const silent = new MigrationContext(queryRunner, { log: () => undefined, legacyTimeZone, mayAdopt });
  await queryRunner.dropTable(target.name, true);
  await context.write({
    sql: `CREATE TABLE ${context.path(target.name)} LIKE ${context.path(table.target.name)}`,
  });
  let missing: TableIndex | undefined;
  try {
    await reshape(silent, { ...table, target }, before, known);
    await replaceKeys(silent, { ...table, target });
    // MariaDB makes another kind of unique index where the values are too wide for a key.
    [missing] = missingKeys(await schema.shapeOf(queryRunner, target.name), target);
  } catch (error) {
    const { code, message } = driverError(error);
    if (!code.startsWith('ER_') || PASSING.test(code) || context.failure(error) !== 'other') throw error;
    throw unfit(
      table,
      `the database refuses our columns and keys in an empty copy of it (${message})`,
      'Change the engine, row format, column or index that this is about',
    );
  } finally {
    await queryRunner.dropTable(target.name, true);
  }
  if (missing === undefined) return;
  throw unfit(
    table,
    `its columns are too wide for a key over ${missing.columnNames.map(quote).join(', ')}`,
    'Make those columns narrower, where a foreign key keeps their width',
  );
}

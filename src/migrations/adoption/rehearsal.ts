/**
 * Tries an adoption on an empty copy of the table, where DDL cannot be undone: only the database knows whether a row, a key
 * or an index has room for our columns.
 */
import type { TableIndex } from 'typeorm';
import { driverError } from '../../database/failure';
import { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { heldColumns } from './duplicates';
import type { FoundTable } from './foreign-table';
import { unfit } from './foreign-table';
import { missingKeys, replaceKeys } from './keys';
import { reshape } from './reshape';

const COPY = 'connection_adoption_rehearsal';

/** Codes of errors that are not about the table. */
const PASSING = /SHUTDOWN|INTERRUPTED|DISK_FULL|FILE_FULL/;

/** Codes of errors about a column that is too wide for a key. */
const NO_KEY = /^ER_(TOO_LONG_KEY|BLOB_KEY_WITHOUT_LENGTH)$/;

/**
 * @param tooLong columns with a text that is longer than ours may be
 * @throws ConnectionsError `tables_foreign`, with nothing changed
 */
export async function rehearse(
  context: MigrationContext,
  table: ResolvedTable,
  tooLong: ReadonlySet<string>,
  before: FoundTable,
): Promise<void> {
  const { queryRunner, schema, legacyTimeZone, mayAdopt } = context;
  if (schema.undoesDdl) return;
  const target = table.target.clone();
  target.name = [...table.target.name.split('.').slice(0, -1), COPY].join('.');
  const findings = { held: await heldColumns(context, table), tooLong };
  const silent = new MigrationContext(queryRunner, { log: () => undefined, legacyTimeZone, mayAdopt });
  await queryRunner.dropTable(target.name, true);
  await context.write({
    sql: `CREATE TABLE ${context.path(target.name)} LIKE ${context.path(table.target.name)}`,
  });
  let missing: TableIndex | undefined;
  try {
    await reshape(silent, { ...table, target }, before, findings);
    await replaceKeys(silent, { ...table, target });
    // MariaDB makes another kind of unique index where the values are too wide for a key.
    [missing] = missingKeys(await context.shapeOf(target.name), target);
  } catch (error) {
    const { code, message } = driverError(error);
    const keyed = [table.keyColumn, ...target.indices.flatMap(({ columnNames }) => columnNames)];
    const named = keyed.filter((name) => message.includes(`'${name}'`));
    if (NO_KEY.test(code)) refuseLongValues(table, named.length > 0 ? named : keyed, tooLong);
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
  refuseLongValues(table, missing.columnNames, tooLong);
  throw unfit(
    table,
    `its columns are too wide for a key over ${missing.columnNames.map(quote).join(', ')}`,
    'Make those columns narrower, where a foreign key keeps their width',
  );
}

/** A column that stays as wide as it is, for a value that is too long for ours, may be too wide for one of the keys. */
function refuseLongValues(
  table: ResolvedTable,
  keyed: readonly string[],
  tooLong: ReadonlySet<string>,
): void {
  const name = keyed.find((one) => tooLong.has(one));
  if (name === undefined) return;
  const limit = table.target.findColumnByName(name)?.length;
  throw unfit(
    table,
    `column ${quote(name)} has values of more than ${limit} characters, with which it is too wide for a key`,
    'Shorten those values or delete their rows',
  );
}

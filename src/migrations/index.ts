/** Our migrations in order, and the calls that run and undo them. */
import type { DataSource } from 'typeorm';
import type { MigrationClass, MigrationOptions, MigrationSet } from '../database/migration-runner';
import { requireTimeZone, revertLastMigration, runMigrations } from '../database/migration-runner';
import { requireServedType } from '../database/data-source-type';
import type { Logger } from '../logging';
import { createLog } from '../logging';
import type { OptionChecks } from '../options';
import { checkOptions, milliseconds, objectWith, text } from '../options';
import { requireEntities } from '../entities/preconditions';
import { CreateConnectionTables1795305600000 } from './1795305600000-create-connection-tables';

/**
 * Our migrations as TypeORM classes, in order, for a host that runs all migrations itself. Run this way they do not adopt
 * another program's tables (`tables_foreign`).
 * @example
 * const dataSource = new DataSource({
 *   ...databaseOptions,
 *   entities: [...connectionEntities],
 *   migrations: [...connectionMigrations],
 * });
 */
export const connectionMigrations: readonly MigrationClass[] = [CreateConnectionTables1795305600000];

/** Our migrations with a history table of their own, which the host's migrations do not read. */
export const connectionMigrationSet: MigrationSet = {
  history: 'connection_migrations',
  migrations: connectionMigrations,
};

/** How long the migrations wait, and what an adoption has to know. */
export interface ConnectionMigrationOptions {
  /**
   * Milliseconds to wait for a lock of another process or transaction; default 30,000, on MariaDB rounded up to seconds.
   */
  readonly lockTimeoutMs?: number | undefined;
  /**
   * IANA name of the time zone in which another program wrote `created_at` and `updated_at` without an offset, such as
   * `America/New_York`; default `UTC`. Only an adoption of that program's tables uses it.
   */
  readonly legacyTimeZone?: string | undefined;
  /** Receives which tables were adopted and what was done to them; default: warnings become process warnings. */
  readonly logger?: Logger | undefined;
}

const checks: OptionChecks<ConnectionMigrationOptions> = {
  lockTimeoutMs: milliseconds(),
  legacyTimeZone: text,
  logger: objectWith('warn', 'error'),
};

/**
 * Creates, adopts or updates the connection tables; any number of processes may call it at once.
 * @param dataSource initialized, with `...connectionEntities` among its entities
 * @param options default: 30 seconds for locks, instants without an offset read as UTC
 * @returns the names of the migrations that this call ran; empty when there was nothing to do
 * @throws ConnectionsError `option_invalid`, `time_zone_unknown`, `data_source_not_initialized`,
 * `entities_not_registered`, `engine_unsupported`, `schema_newer`, `tables_foreign`, `database_busy` or
 * `migration_failed`
 * @example
 * const dataSource = new DataSource({ ...databaseOptions, entities: [...connectionEntities] });
 * await dataSource.initialize();
 * const ran = await runConnectionMigrations(dataSource);
 */
export async function runConnectionMigrations(
  dataSource: DataSource,
  options: ConnectionMigrationOptions = {},
): Promise<readonly string[]> {
  const runnerOptions = checkedOptions('runConnectionMigrations', options);
  requireServedType(dataSource);
  requireEntities(dataSource);
  return (await runMigrations(dataSource, connectionMigrationSet, runnerOptions)).ran;
}

/**
 * Undoes the last of our migrations that ran. Undoing the first drops the tables that it created, with all that is in
 * them; adopted tables get their old columns back and keep their rows. A first one that stopped half-way is undone as well.
 * @param dataSource initialized, with `...connectionEntities` among its entities
 * @param options as for `runConnectionMigrations`; `legacyTimeZone` is not used, since the adoption has recorded its own
 * @throws ConnectionsError `option_invalid`, `time_zone_unknown`, `data_source_not_initialized`,
 * `entities_not_registered`, `engine_unsupported`, `tables_foreign` while an adopted table has an account other than
 * `default`, `database_busy` or `migration_failed`
 * @example
 * await revertConnectionMigration(dataSource); // before going back to an earlier release
 */
export async function revertConnectionMigration(
  dataSource: DataSource,
  options: ConnectionMigrationOptions = {},
): Promise<void> {
  const runnerOptions = checkedOptions('revertConnectionMigration', options);
  requireServedType(dataSource);
  requireEntities(dataSource);
  await revertLastMigration(dataSource, connectionMigrationSet, runnerOptions);
}

function checkedOptions(call: string, options: ConnectionMigrationOptions): MigrationOptions {
  const { lockTimeoutMs, legacyTimeZone, logger } = checkOptions(call, options, checks);
  if (legacyTimeZone !== undefined) requireTimeZone(legacyTimeZone);
  return { lockTimeoutMs, legacyTimeZone, log: createLog(logger) };
}

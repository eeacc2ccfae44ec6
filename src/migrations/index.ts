/** Our migrations in order, and the one call that brings a database to the shape the entities expect. */
import type { DataSource } from 'typeorm';
import type { MigrationClass, MigrationOptions, MigrationSet } from '../database/migration-runner';
import { revertLastMigration, runMigrations } from '../database/migration-runner';
import type { Logger } from '../logging';
import { createLog } from '../logging';
import { requireEntities } from '../entities/preconditions';
import { CreateConnectionTables1795305600000 } from './1795305600000-create-connection-tables';

/**
 * As plain TypeORM classes, in order, for a host that runs all its migrations itself: `migrations:
 * [...connectionMigrations]`. Adopting another program's tables is refused there (`tables_foreign`).
 */
export const connectionMigrations: readonly MigrationClass[] = [CreateConnectionTables1795305600000];

/** Ours, with the history table that the host's own migrations never look at. */
export const connectionMigrationSet: MigrationSet = {
  history: 'connection_migrations',
  migrations: connectionMigrations,
};

/** How long our migrations wait, and what an adoption has to be told. */
export interface ConnectionMigrationOptions {
  /**
   * Milliseconds to wait for another process that is migrating, or for a locked table; default 30,000, on MariaDB in
   * whole seconds.
   */
  readonly lockTimeoutMs?: number;
  /**
   * Zone in which another program wrote `created_at` and `updated_at` without an offset, by IANA name, as in
   * `America/New_York`; default `UTC`. Only an adoption looks at it.
   */
  readonly legacyTimeZone?: string;
  /** Told of adopted tables and what was done to them; default: warnings become process warnings. */
  readonly logger?: Logger;
}

/**
 * Creates, adopts or updates the connection tables; safe to call from any number of processes at once.
 * @param dataSource initialised, with `...connectionEntities` among its entities
 * @param options default: 30 seconds for locks, naive instants read as UTC
 * @returns the names of the migrations that this call ran; empty when there was nothing to do
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported`,
 * `schema_newer`, `tables_foreign`, `time_zone_unknown`, `database_busy` or `migration_failed`
 */
export async function runConnectionMigrations(
  dataSource: DataSource,
  options: ConnectionMigrationOptions = {},
): Promise<readonly string[]> {
  requireEntities(dataSource);
  return (await runMigrations(dataSource, connectionMigrationSet, runnerOptions(options))).ran;
}

/**
 * Undoes the last of our migrations that ran. The first one drops the tables that it made, and everything in them;
 * adopted tables get their old columns back and keep their rows.
 * @param dataSource initialised, with `...connectionEntities` among its entities
 * @param options as for `runConnectionMigrations`; `legacyTimeZone` is not looked at, the adoption's is remembered
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported`,
 * `tables_foreign` while an adopted table has an account other than `default`, `database_busy` or `migration_failed`
 */
export async function revertConnectionMigration(
  dataSource: DataSource,
  options: ConnectionMigrationOptions = {},
): Promise<void> {
  requireEntities(dataSource);
  await revertLastMigration(dataSource, connectionMigrationSet, runnerOptions(options));
}

function runnerOptions({
  lockTimeoutMs,
  legacyTimeZone,
  logger,
}: ConnectionMigrationOptions): MigrationOptions {
  return { lockTimeoutMs, legacyTimeZone, log: createLog(logger) };
}

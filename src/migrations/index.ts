/** Our migrations in order, and the one call that brings a database to the shape the entities expect. */
import type { DataSource } from 'typeorm';
import type { MigrationClass, MigrationSet } from '../database/migration-runner';
import { revertLastMigration, runMigrations } from '../database/migration-runner';
import { requireEntities } from '../entities/preconditions';
import { CreateConnectionTables1795305600000 } from './1795305600000-create-connection-tables';

/** As plain TypeORM classes, for a host that runs all its migrations itself: `migrations: [...connectionMigrations]`. */
export const connectionMigrations: readonly MigrationClass[] = [CreateConnectionTables1795305600000];

/** Ours, with the history table that the host's own migrations never look at. */
export const connectionMigrationSet: MigrationSet = {
  history: 'connection_migrations',
  migrations: connectionMigrations,
};

/**
 * Creates or updates the connection tables; safe to call from any number of processes at once.
 * @param dataSource initialised, with `...connectionEntities` among its entities
 * @param options `lockTimeout`: milliseconds to wait for another process that is migrating, default 30,000
 * @returns the names of the migrations that this call ran; empty when there was nothing to do
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported`,
 * `schema_newer`, `tables_foreign`, `database_busy` or `migration_failed`
 */
export async function runConnectionMigrations(
  dataSource: DataSource,
  options: { readonly lockTimeout?: number } = {},
): Promise<readonly string[]> {
  requireEntities(dataSource);
  return (await runMigrations(dataSource, connectionMigrationSet, options.lockTimeout)).ran;
}

/**
 * Undoes the last of our migrations that ran; the first one drops the tables and everything in them.
 * @param dataSource initialised, with `...connectionEntities` among its entities
 * @param options `lockTimeout`: milliseconds, default 30,000
 * @throws ConnectionsError as `runConnectionMigrations` does
 */
export async function revertConnectionMigration(
  dataSource: DataSource,
  options: { readonly lockTimeout?: number } = {},
): Promise<void> {
  requireEntities(dataSource);
  await revertLastMigration(dataSource, connectionMigrationSet, options.lockTimeout);
}

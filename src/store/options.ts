/** What a host gives a store, and what a store gives back: the types around `MetadataStore`. */
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { MigrationClass } from '../database/migration-runner';
import type { ConnectionsError } from '../errors';
import type { Logger } from '../logging';
import type { SyncReport } from '../sync/report';
import type { SyncOptions } from '../sync/sync';
import type { MigrationsMode } from './schema';

export interface MetadataStoreOptions {
  /** The host's DataSource, initialised or not, or options for one. */
  readonly dataSource: DataSource | DataSourceOptions;
  /**
   * `{ file }`, `{ env }`, or the document itself as a value or as JSON text; default `{ env: 'BOND_MCP_CONFIG' }`.
   * A source is read again by each `sync()`.
   */
  readonly config?: unknown;
  /** For `${VAR}` in the configuration and for `{ env }`; default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `run` migrates, `check` refuses to start on a database that is not migrated, `off` does neither; default `run`. */
  readonly migrations?: MigrationsMode;
  /** Milliseconds to wait for another process that is migrating; default 30,000. */
  readonly lockTimeout?: number;
  /** For adopting tables of another program: see `runConnectionMigrations`; default `UTC`. */
  readonly legacyTimeZone?: string;
  /** `report` lets a start go on when a sync found something wrong or failed; default `report`. */
  readonly onSyncError?: 'report' | 'throw';
  readonly sync?: Omit<SyncOptions, 'environment'>;
  /** Default: warnings and errors become process warnings. */
  readonly logger?: Logger;
}

/** What a class's `createAll` is given. */
export interface CreateAllContext {
  /** Initialised, with the connection tables in place when a subclass sees it. */
  readonly dataSource: DataSource;
  /**
   * Runs the subclass's own migrations under a lock, with a history of their own, as the store's `migrations` says.
   * @param name of the history: letters, digits and underscores, at most 40; its table is `<name>_migrations`
   * @returns the names of the migrations that this start ran
   */
  runMigrations(name: string, migrations: readonly MigrationClass[]): Promise<readonly string[]>;
}

export type SyncOutcome =
  | { readonly ok: true; readonly report: SyncReport }
  | { readonly ok: false; readonly error: ConnectionsError };

export type MetadataStoreEvents = {
  /** After every sync, failed ones too. */
  sync: SyncOutcome;
};

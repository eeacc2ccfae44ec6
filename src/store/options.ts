/** What a host gives a store, and what a store gives back: the types around `MetadataStore`. */
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { Environment } from '../config/interpolate';
import type { ConnectionsConfig } from '../config/load';
import type { MigrationClass } from '../database/migration-runner';
import type { ConnectionsError } from '../errors';
import type { Logger } from '../logging';
import type { SyncReport } from '../sync/report';
import type { SyncOptions } from '../sync/sync';
import type { MigrationsMode } from './schema';

/** What a host tells a store; only `dataSource` has no default. */
export interface MetadataStoreOptions {
  /** The host's DataSource, initialised or not, or options for one, to which our entities are added. */
  readonly dataSource: DataSource | DataSourceOptions;
  /**
   * The document, its JSON text, `{ file }` or `{ env }`; default `{ env: 'BOND_MCP_CONFIG' }`. A file or a variable is
   * read again by each `sync()`.
   */
  readonly config?: ConnectionsConfig;
  /** For `${VAR}` in the configuration and for `{ env }`; default `process.env`. */
  readonly environment?: Environment;
  /** `run` migrates, `check` refuses to start on a database that is not migrated, `off` does neither; default `run`. */
  readonly migrations?: MigrationsMode;
  /**
   * Milliseconds to wait for another process that migrates or writes; default 30,000, on MariaDB in whole seconds.
   */
  readonly lockTimeoutMs?: number;
  /** For adopting tables of another program: see `runConnectionMigrations`; default `UTC`. */
  readonly legacyTimeZone?: string;
  /** `report` lets a start go on when a sync found something wrong or failed, `throw` stops it; default `report`. */
  readonly onSyncError?: 'report' | 'throw';
  /** For every sync of this store; a `lockTimeoutMs` here is for syncs alone. */
  readonly sync?: Omit<SyncOptions, 'environment'>;
  /** `console`, pino or the like; default: warnings and errors become process warnings. */
  readonly logger?: Logger;
}

/** What a class's `createAll` is given. */
export interface CreateAllContext {
  /** Initialised, with the connection tables in place when a subclass sees it. */
  readonly dataSource: DataSource;
  /**
   * Runs the subclass's own migrations under a lock, with a history of their own, as the store's `migrations` says.
   * @param name of the history: letters, digits and underscores, at most 40, a letter first, not `connection`; its
   * table is `<name>_migrations`
   * @param migrations all that the subclass has ever released; those that ran are passed over
   * @returns the names of the migrations that this start ran, in order
   * @throws ConnectionsError as `runConnectionMigrations` does, and `migrations_pending` with `migrations: 'check'`
   */
  runMigrations(name: string, migrations: readonly MigrationClass[]): Promise<readonly string[]>;
}

/** How a sync of a store ended. */
export type SyncOutcome =
  | {
      /** It ran to its end, which it does with rejected entries too. */
      readonly ok: true;
      /** What it found and did. */
      readonly report: SyncReport;
    }
  | {
      /** It stopped, and nothing was written. */
      readonly ok: false;
      /** Why; an error from elsewhere comes as `database_failed`, itself in `cause`. */
      readonly error: ConnectionsError;
    };

/** The events of a store by name, with what a listener is given. */
export type MetadataStoreEvents = {
  /** After every sync, failed ones too; `lastSync` is this outcome already. */
  sync: SyncOutcome;
};

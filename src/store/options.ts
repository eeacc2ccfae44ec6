/** The types around `MetadataStore`: its options, what a `createAll` is given, and how a sync ended. */
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { Environment } from '../config/variables';
import type { ConnectionsConfig } from '../config/load';
import type { MigrationClass } from '../database/migration-runner';
import type { ConnectionsError } from '../errors';
import type { Logger } from '../logging';
import type { SyncReport } from '../sync/report';
import type { SyncOptions } from '../sync/sync';
import type { MigrationsMode } from './schema';

/** The options of a store; only `dataSource` has no default. */
export interface MetadataStoreOptions<Name extends string = string> {
  /**
   * The host's DataSource, initialized or not, with `...connectionEntities` among its entities; or the options of one,
   * to which the store adds them.
   */
  readonly dataSource: DataSource | DataSourceOptions;
  /**
   * The document, its JSON text, `{ file }` or `{ env }`; default `{ env: 'BOND_MCP_CONFIG' }`. A file or a variable is
   * read again by each `sync()`.
   */
  readonly config?: ConnectionsConfig<Name> | undefined;
  /** For `${VAR}` in the configuration and for `{ env }`; default `process.env`. */
  readonly environment?: Environment | undefined;
  /**
   * `run` runs pending migrations, `check` stops the start if there are any, `off` does neither; default `run`.
   */
  readonly migrations?: MigrationsMode | undefined;
  /**
   * Milliseconds to wait for a lock of another process or transaction; default 30,000, on MariaDB rounded up to seconds.
   */
  readonly lockTimeoutMs?: number | undefined;
  /** For the adoption of another program's tables, as in `ConnectionMigrationOptions`; default `UTC`. */
  readonly legacyTimeZone?: string | undefined;
  /**
   * What `initialize()` does when its sync fails or finds an error in the configuration: `report` leaves that to
   * `lastSync`, the `sync` event and the log, `throw` stops the start; default `report`.
   */
  readonly onSyncError?: 'report' | 'throw' | undefined;
  /** For every sync of this store; a `lockTimeoutMs` here replaces that of the store for syncs alone. */
  readonly sync?: Omit<SyncOptions, 'environment'> | undefined;
  /** `console`, pino or the like; default: warnings and errors become process warnings. */
  readonly logger?: Logger | undefined;
}

/** The options of one `initialize()`. */
export interface InitializeOptions {
  /**
   * Whether the table is made equal to the configuration; default true. With `false` the store connects, runs the chain
   * of `createAll` and reads the configuration, so that `registry` answers, but changes no row of the table: for scripts
   * that only look. Add `migrations: 'check'` or `'off'` to the options of the store to leave the schema alone, too.
   */
  readonly sync?: boolean | undefined;
}

/** What each class's `createAll` is given. */
export interface CreateAllContext {
  /** Initialized; in a subclass, with the connection tables in place. */
  readonly dataSource: DataSource;
  /**
   * Runs the subclass's own migrations under a lock, with a history table of their own, or checks them, as the store's
   * option `migrations` says.
   * @param name of the history: at most 40 letters, digits and underscores, a letter first, not `connection`; its
   * table is `<name>_migrations`
   * @param migrations all that the subclass has ever released; those that have run are skipped
   * @returns the names of the migrations that this start ran, in order
   * @throws ConnectionsError `option_invalid`, as `runConnectionMigrations` does, and `migrations_pending` with
   * `migrations: 'check'`
   * @example
   * class BillingStore extends MetadataStore {
   *   protected override async createAll(context: CreateAllContext) {
   *     await context.runMigrations('billing', [CreateInvoices1790000000000]);
   *   }
   * }
   */
  runMigrations(name: string, migrations: readonly MigrationClass[]): Promise<readonly string[]>;
}

/** How a sync of a store ended. */
export type SyncOutcome =
  | {
      /** The sync ended; the report may still name rejected entries. */
      readonly ok: true;
      /** What it found and did. */
      readonly report: SyncReport;
    }
  | {
      /** The sync failed, and nothing was written. */
      readonly ok: false;
      /** Why; an error that is not a `ConnectionsError` is the `cause` of a `database_failed`. */
      readonly error: ConnectionsError;
    };

/** The events of a store by name, with what their listeners are given. */
export type MetadataStoreEvents = {
  /** After every sync, also after one that failed; `lastSync` is already this outcome. */
  sync: SyncOutcome;
};

/**
 * Where a host starts: `initialize()` connects, lets every class create its tables, and syncs. A subclass cannot change
 * that order.
 */
import type { DataSource } from 'typeorm';
import { type ConnectionsConfig, checkConfigPlace } from '../config/load';
import type { ConnectionRegistry } from '../config/registry';
import { lossOf } from '../database/in-memory';
import type { MigrationSet } from '../database/migration-runner';
import { requireEntities } from '../entities/preconditions';
import { ConnectionsError } from '../errors';
import { Events } from '../events';
import { type Log, createLog } from '../logging';
import { connectionMigrationSet } from '../migrations';
import type { SyncReport } from '../sync/report';
import { isRunningCreateAll, runCreateAllChain } from './create-all-chain';
import { checkInitializeOptions, checkStoreOptions } from './option-checks';
import type {
  CreateAllContext,
  InitializeOptions,
  MetadataStoreEvents,
  MetadataStoreOptions,
  SyncOutcome,
} from './options';
import { bringSchema, ownMigrationSet } from './schema';
import { Start, Turns } from './start';
import { StoreDataSource } from './store-data-source';
import { StoreSync } from './store-sync';

/**
 * Connects to the host's database, creates the connection tables and keeps them equal to the configuration. Use it as it
 * is, or as the base class of a store with tables of its own.
 * @example
 * const store = new MetadataStore({
 *   dataSource: new DataSource({ ...databaseOptions, entities: [...connectionEntities] }),
 *   config: { file: 'connections.json' },
 * });
 * await store.initialize();
 * const linear = await store.registry.get('linear');
 */
export class MetadataStore<Name extends string = string> {
  readonly #options: MetadataStoreOptions<Name>;
  readonly #source: StoreDataSource;
  readonly #events: Events<MetadataStoreEvents>;
  readonly #log: Log;
  readonly #syncs: StoreSync<Name>;
  readonly #turns = new Turns();
  /** Resolves when every call of `sync()` so far has ended, including those that still wait for a start. */
  #syncCalls: Promise<void> = Promise.resolve();
  #start: Start | undefined;

  /**
   * Does not connect yet: that happens in `initialize()`.
   * @param options only `dataSource` is required
   * @throws ConnectionsError `option_invalid`, `source_invalid`, `time_zone_unknown`; `engine_unsupported` for another type
   * of DataSource; `driver_unusable` when the driver of one that is given as options cannot be loaded
   */
  constructor(options: MetadataStoreOptions<Name>) {
    this.#options = checkStoreOptions(options);
    this.#log = createLog(options.logger);
    this.#events = new Events(this.#log, { sync: true });
    this.#source = new StoreDataSource(options.dataSource);
    this.#syncs = new StoreSync(this.dataSource, options, this.#log, (outcome) =>
      this.#events.emit('sync', outcome),
    );
  }

  /** The host's own, or the one made from its options; `initialize()` initializes it. */
  get dataSource(): DataSource {
    return this.#source.dataSource;
  }

  /** What the latest sync did or why it failed; `undefined` before the first. */
  get lastSync(): SyncOutcome | undefined {
    return this.#syncs.last;
  }

  /**
   * The declared connections, for validating a name at run time. It does not see `enabled` in the table, which an
   * operator may change; `tableRegistry` does. A configuration that becomes unreadable later leaves it as it was.
   * @throws ConnectionsError `store_not_initialized` before the configuration was read
   */
  get registry(): ConnectionRegistry<Name> {
    const { registry } = this.#syncs;
    if (registry) return registry;
    throw new ConnectionsError(
      'store_not_initialized',
      'The store has not read its configuration yet. Call `await store.initialize()` first.',
    );
  }

  /**
   * Calls a listener for each event from now on. An error that it throws, or rejects with, is logged.
   * @param name of the event: `sync`
   * @param listener receives what happened; it is not awaited
   * @returns a function that removes the listener
   * @example
   * const stop = store.on('sync', (outcome) => {
   *   if (!outcome.ok) metrics.increment(`connections.sync.${outcome.error.code}`);
   * });
   */
  on<Event extends keyof MetadataStoreEvents>(
    name: Event,
    listener: (payload: MetadataStoreEvents[Event]) => unknown,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Connects, runs the chain of `createAll` and syncs. Calls share one start, both while it runs and afterwards; after a
   * failure the next call tries again.
   * @param options default: with the sync
   * @returns the store itself
   * @throws ConnectionsError `option_invalid`, `create_all_reentered`; when the schema could not be created or a
   * `createAll` failed; for a sync only with `onSyncError: 'throw'` (`sync_incomplete`, or the code of what stopped it);
   * `driver_unusable` when the driver has no native part that fits. TypeORM's own error when it cannot connect
   * @example
   * const store = await new MetadataStore({ dataSource, config: { file: 'connections.json' } }).initialize();
   * @example
   * // A script that only looks: no row is changed.
   * const store = new MetadataStore({ dataSource, config: { file: 'connections.json' }, migrations: 'check' });
   * await store.initialize({ sync: false });
   * console.log(await store.registry.list());
   * await store.close();
   */
  async initialize(options: InitializeOptions = {}): Promise<this> {
    const { sync = true } = checkInitializeOptions(options);
    this.#refuseInsideCreateAll('initialize');
    if (this.#source.isLost) this.#start = undefined;
    this.#start ??= this.#newStart();
    await (sync ? this.#start.withSync() : this.#start.withoutSync());
    return this;
  }

  /**
   * Waits for a running sync, then closes the DataSource if this store opened it; `initialize()` works again afterwards.
   * @throws ConnectionsError `create_all_reentered` from within a `createAll`
   * @example
   * process.once('SIGTERM', async () => {
   *   await connections.close();
   *   await store.close();
   * });
   */
  async close(): Promise<void> {
    this.#refuseInsideCreateAll('close');
    this.#start = undefined;
    const earlier = this.#syncCalls;
    await this.#turns.take(async () => {
      await earlier;
      await this.#syncs.idle();
      await this.#source.close();
    });
  }

  /**
   * Makes the table equal to the configuration again, without a restart. It waits for a running `initialize()`, and for
   * earlier syncs of this store.
   * @param config as in the options, and used from now on; default: the one used last, a file or variable is read again
   * @returns the report, which is also in `lastSync`
   * @throws ConnectionsError as `syncConnectionConfigs` does
   * @example
   * const report = await store.sync(); // the file has changed
   * if (report.rejected.length > 0) console.warn(report.rejected);
   */
  async sync(config: ConnectionsConfig<Name> | undefined = this.#syncs.config): Promise<SyncReport> {
    checkConfigPlace('store.sync', config);
    const run = this.#syncAfterStart(config);
    this.#syncCalls = Promise.allSettled([this.#syncCalls, run]).then(() => undefined);
    return run;
  }

  /**
   * Creates what this class needs. Override it as a method, with or without `super.createAll(context)`: the tables of
   * the classes above exist when it runs, and the method of each class runs once.
   * @param context the same for every class, whatever a subclass passes to `super.createAll`
   * @throws ConnectionsError `create_all_outside_initialize` when it is called directly
   * @example
   * class BillingStore extends MetadataStore {
   *   protected override async createAll(context: CreateAllContext) {
   *     await context.runMigrations('billing', [CreateInvoices1790000000000]);
   *   }
   * }
   */
  protected async createAll(context: CreateAllContext): Promise<void> {
    await this.#bringSchema(context.dataSource, connectionMigrationSet);
  }

  #newStart(): Start {
    return new Start(this.#turns, {
      open: () => this.#open(),
      sync: () => this.#syncs.takeAtStart(),
      read: () => this.#syncs.readOnly(),
      close: () => this.#source.close(),
      forget: (start) => {
        if (this.#start === start) this.#start = undefined;
      },
    });
  }

  async #open(): Promise<void> {
    await this.#source.open();
    const loss = lossOf(this.dataSource);
    if (loss !== null) this.#log('warn', loss);
    requireEntities(this.dataSource);
    const context: CreateAllContext = {
      dataSource: this.dataSource,
      runMigrations: async (name, migrations) =>
        this.#bringSchema(this.dataSource, ownMigrationSet(name, migrations)),
    };
    await runCreateAllChain(this, MetadataStore, context);
  }

  async #syncAfterStart(config: ConnectionsConfig<Name> | undefined): Promise<SyncReport> {
    if (!isRunningCreateAll(this)) await this.#start?.ended();
    return this.#syncs.take(config);
  }

  async #bringSchema(dataSource: DataSource, set: MigrationSet): Promise<readonly string[]> {
    const { migrations: mode = 'run', lockTimeoutMs, legacyTimeZone } = this.#options;
    return bringSchema(dataSource, set, mode, { lockTimeoutMs, legacyTimeZone, log: this.#log });
  }

  #refuseInsideCreateAll(call: string): void {
    if (!isRunningCreateAll(this)) return;
    throw new ConnectionsError(
      'create_all_reentered',
      `store.${call}() was called from createAll, and would wait for that createAll to end. Use the DataSource of the ` +
        'context, which is initialized already.',
    );
  }
}

/**
 * The one way in for a host: `initialize()` connects, lets every class create its tables, and syncs, in that order.
 * Nothing that a subclass writes, or forgets, can change the order.
 */
import type { DataSource } from 'typeorm';
import type { ConnectionsConfig } from '../config/load';
import { loadConnections } from '../config/load';
import type { ConnectionRegistry } from '../config/registry';
import { connectionRegistry } from '../config/registry';
import type { MigrationSet } from '../database/migration-runner';
import { ConnectionConfig } from '../entities';
import { requireEntities } from '../entities/preconditions';
import { ConnectionsError } from '../errors';
import { Events } from '../events';
import type { Log } from '../logging';
import { createLog } from '../logging';
import { connectionMigrationSet } from '../migrations';
import type { SyncReport } from '../sync/report';
import { hasFaults, reportLines } from '../sync/report';
import { syncConnectionConfigs } from '../sync/sync';
import { isRunningCreateAll, runCreateAllChain } from './create-all-chain';
import type { CreateAllContext, MetadataStoreEvents, MetadataStoreOptions, SyncOutcome } from './options';
import { bringSchema, ownMigrationSet } from './schema';
import { StoreDataSource } from './store-data-source';
import { syncFailure, syncIncomplete } from './sync-failure';

/**
 * Keeps the connection tables and the configuration together for one host; works as it is, or as the base of a store.
 */
export class MetadataStore {
  readonly #options: MetadataStoreOptions;
  readonly #source: StoreDataSource;
  readonly #events: Events<MetadataStoreEvents>;
  readonly #log: Log;
  #opening: Promise<this> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #syncTurn: Promise<unknown> = Promise.resolve();
  #config: ConnectionsConfig | undefined;
  #registry: ConnectionRegistry | undefined;
  #lastSync: SyncOutcome | undefined;

  /**
   * Touches no database: everything happens in `initialize()`.
   * @param options only `dataSource` is required
   * @throws ConnectionsError `driver_unusable` when the driver of a DataSource that is given as options cannot be loaded
   */
  constructor(options: MetadataStoreOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#log = createLog(options.logger);
    this.#events = new Events(this.#log);
    this.#source = new StoreDataSource(options.dataSource);
  }

  /** The host's own, or the one made from options; there from the start, initialised by `initialize()`. */
  get dataSource(): DataSource {
    return this.#source.dataSource;
  }

  /** What the latest sync did or why it failed; `undefined` before the first. */
  get lastSync(): SyncOutcome | undefined {
    return this.#lastSync;
  }

  /**
   * The declared connections, for validating a name at run time. It does not see the operator's switch in the table;
   * `tableRegistry` does. A reload that cannot be read leaves it as it was.
   * @throws ConnectionsError `store_not_initialized` before the configuration was read
   */
  get registry(): ConnectionRegistry {
    if (this.#registry) return this.#registry;
    throw new ConnectionsError(
      'store_not_initialized',
      'The configuration has not been read yet. Call `await store.initialize()` first.',
    );
  }

  /**
   * Calls a listener from now on; one that throws, or rejects, is logged and stops nothing.
   * @param name of the event: `sync`
   * @param listener given what happened; not waited for
   * @returns a function that stops listening
   */
  on<Name extends keyof MetadataStoreEvents>(
    name: Name,
    listener: (payload: MetadataStoreEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Connects, runs the chain of `createAll`, syncs. Calls that come while it runs, and after, share the one run;
   * after a failure the next call tries again.
   * @returns the store itself
   * @throws ConnectionsError when the schema could not be brought about or a `createAll` failed; for a sync only with
   * `onSyncError: 'throw'` (`sync_incomplete`, or the code of what stopped it); `driver_unusable` when the driver has
   * no native part that fits. TypeORM's own error when it cannot connect
   */
  async initialize(): Promise<this> {
    this.#refuseInsideCreateAll('initialize');
    if (this.#source.isLost) this.#opening = undefined;
    if (!this.#opening) {
      const opening = this.#inTurn(() => this.#open());
      this.#opening = opening;
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  /**
   * Waits for a sync that runs, then closes the DataSource if this store opened it; `initialize()` works again.
   * @throws ConnectionsError `create_all_reentered` from within a `createAll`
   */
  async close(): Promise<void> {
    this.#refuseInsideCreateAll('close');
    this.#opening = undefined;
    await this.#inTurn(async () => {
      await this.#syncTurn;
      await this.#source.close();
    });
  }

  /**
   * Makes the table equal to the configuration again, without a restart; syncs of one store run one after another, and
   * wait for an `initialize()` that runs.
   * @param config as in the options, and used from now on; default: the one used last, a file or a variable being read again
   * @returns the report, which is in `lastSync` too
   * @throws ConnectionsError as `syncConnectionConfigs` does
   */
  async sync(config: ConnectionsConfig | undefined = this.#config): Promise<SyncReport> {
    if (!isRunningCreateAll(this)) await this.#opening?.catch(() => undefined);
    return this.#syncInTurn(config);
  }

  /**
   * Creates what this class needs. Override it as a method, with or without `super.createAll(context)`: the tables of
   * the classes above are there when it runs, and each class's own method runs once.
   * @param context the same for every class, whatever is given to `super.createAll`
   * @throws ConnectionsError `create_all_outside_initialize` when called by itself
   */
  protected async createAll(context: CreateAllContext): Promise<void> {
    await this.#bringSchema(context.dataSource, connectionMigrationSet);
  }

  async #open(): Promise<this> {
    try {
      await this.#source.open();
      requireEntities(this.dataSource);
      const context: CreateAllContext = {
        dataSource: this.dataSource,
        runMigrations: (name, migrations) =>
          this.#bringSchema(this.dataSource, ownMigrationSet(name, migrations)),
      };
      await runCreateAllChain(this, MetadataStore, context);
      await this.#syncAtStart();
      return this;
    } catch (error) {
      await this.#source.close().catch(() => undefined);
      throw error;
    }
  }

  async #syncAtStart(): Promise<void> {
    const mustSucceed = this.#options.onSyncError === 'throw';
    try {
      const report = await this.#syncInTurn(this.#config);
      if (mustSucceed && hasFaults(report)) throw syncIncomplete(report);
    } catch (error) {
      if (mustSucceed) throw error;
    }
  }

  #syncInTurn(config: ConnectionsConfig | undefined): Promise<SyncReport> {
    this.#config = config;
    const run = this.#syncTurn.then(() => this.#syncNow(config));
    this.#syncTurn = run.catch(() => undefined);
    return run;
  }

  async #syncNow(config: ConnectionsConfig | undefined): Promise<SyncReport> {
    const { environment = process.env, lockTimeoutMs, sync } = this.#options;
    try {
      const authTypes = sync?.authTypes;
      const declared = await loadConnections(config, { environment, ...(authTypes && { authTypes }) });
      if (declared.readable || !this.#registry) this.#registry = connectionRegistry(declared);
      const repo = this.dataSource.getRepository(ConnectionConfig);
      const limits = lockTimeoutMs === undefined ? {} : { lockTimeoutMs };
      const report = await syncConnectionConfigs(declared, repo, { ...limits, ...sync });
      for (const { level, text } of reportLines(report)) this.#log(level, text);
      this.#settle({ ok: true, report });
      return report;
    } catch (thrown) {
      const error = syncFailure(thrown);
      this.#log('error', `The connections were not synced. ${error.message}`);
      this.#settle({ ok: false, error });
      throw error;
    }
  }

  #settle(outcome: SyncOutcome): void {
    this.#lastSync = outcome;
    this.#events.emit('sync', outcome);
  }

  async #bringSchema(dataSource: DataSource, set: MigrationSet): Promise<readonly string[]> {
    const { migrations: mode = 'run', lockTimeoutMs, legacyTimeZone } = this.#options;
    return bringSchema(dataSource, set, mode, { lockTimeoutMs, legacyTimeZone, log: this.#log });
  }

  #refuseInsideCreateAll(call: string): void {
    if (!isRunningCreateAll(this)) return;
    throw new ConnectionsError(
      'create_all_reentered',
      `store.${call}() was called from createAll, which it would wait for. The DataSource in the context is ready to use.`,
    );
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => undefined);
    return run;
  }
}

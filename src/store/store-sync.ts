/**
 * The syncs of one store, one after another: each reads the configuration, tells the log and the listeners how it ended, and leaves
 * a registry of what was read.
 */
import type { DataSource } from 'typeorm';
import { type ConnectionsConfig, loadConnections } from '../config/load';
import type { ParsedConnections } from '../config/parse';
import { type ConnectionRegistry, connectionRegistry } from '../config/registry';
import { ConnectionConfig } from '../entities';
import { ConnectionsError, describeError } from '../errors';
import type { Log } from '../logging';
import { type SyncReport, hasFaults, reportLines } from '../sync/report';
import { syncConnectionConfigs } from '../sync/sync';
import type { MetadataStoreOptions, SyncOutcome } from './options';
import { Turns } from './start';

type Config<Name extends string> = ConnectionsConfig<Name> | undefined;

export class StoreSync<Name extends string> {
  readonly #turns = new Turns();
  #config: Config<Name>;
  #registry: ConnectionRegistry<Name> | undefined;
  #last: SyncOutcome | undefined;

  /** @param onEnd told of each outcome, which is `last` by then */
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: MetadataStoreOptions<Name>,
    private readonly log: Log,
    private readonly onEnd: (outcome: SyncOutcome) => void,
  ) {
    this.#config = options.config;
  }

  /** The one used last. */
  get config(): Config<Name> {
    return this.#config;
  }

  /** Undefined before the configuration was read. */
  get registry(): ConnectionRegistry<Name> | undefined {
    return this.#registry;
  }

  /** Undefined before the first. */
  get last(): SyncOutcome | undefined {
    return this.#last;
  }

  /** @throws ConnectionsError as `syncConnectionConfigs` does */
  take(config: Config<Name>): Promise<SyncReport> {
    this.#config = config;
    return this.#turns.take(() => this.#sync(config));
  }

  /** @throws ConnectionsError only with `onSyncError: 'throw'`, also for errors in the configuration */
  async takeAtStart(): Promise<void> {
    const mustSucceed = this.options.onSyncError === 'throw';
    try {
      const report = await this.take(this.#config);
      if (mustSucceed && hasFaults(report)) throw syncIncomplete(report);
    } catch (error) {
      if (mustSucceed) throw error;
    }
  }

  /** Reads the configuration alone. Without a sync there is no report, so what is wrong with it is logged. */
  readOnly(): Promise<void> {
    return this.#turns.take(async () => {
      const { readable, problems } = await this.#load(this.#config);
      for (const { severity, path, message } of problems) {
        const level = severity === 'error' ? 'error' : 'warn';
        this.log(level, `${path === '' ? 'The configuration' : path}: ${message}`);
      }
      if (readable || this.options.onSyncError !== 'throw') return;
      // The registry says what is wrong, and with which code.
      await this.#registry?.names();
    });
  }

  /** Resolves when all that was asked for so far has ended. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  async #sync(config: Config<Name>): Promise<SyncReport> {
    const { lockTimeoutMs, sync } = this.options;
    try {
      const declared = await this.#load(config);
      const repo = this.dataSource.getRepository(ConnectionConfig);
      const limits = lockTimeoutMs === undefined ? {} : { lockTimeoutMs };
      const report = await syncConnectionConfigs(declared, repo, { ...limits, ...sync });
      for (const { level, text } of reportLines(report)) this.log(level, text);
      this.#end({ ok: true, report });
      return report;
    } catch (thrown) {
      const error = syncFailure(thrown);
      this.log('error', `The connections were not synced. ${error.message}`);
      this.#end({ ok: false, error });
      throw error;
    }
  }

  #end(outcome: SyncOutcome): void {
    this.#last = outcome;
    this.onEnd(outcome);
  }

  async #load(config: Config<Name>): Promise<ParsedConnections> {
    const { environment = process.env, sync: { authTypes } = {} } = this.options;
    const declared = await loadConnections(config, { environment, ...(authTypes && { authTypes }) });
    if (declared.readable || !this.#registry) this.#registry = connectionRegistry<Name>(declared);
    return declared;
  }
}

/** What stopped a sync, as the error for `lastSync`. */
function syncFailure(thrown: unknown): ConnectionsError {
  if (thrown instanceof ConnectionsError) return thrown;
  return new ConnectionsError('database_failed', `The sync failed: ${describeError(thrown)}`, {
    cause: thrown,
  });
}

/** For `onSyncError: 'throw'`. An environment variable that is not set is only a warning in the report. */
function syncIncomplete(report: SyncReport): ConnectionsError {
  const lines = reportLines(report);
  const errors = lines.filter(({ level }) => level === 'error');
  const reasons = errors.length > 0 ? errors : lines.filter(({ level }) => level === 'warn');
  return new ConnectionsError(
    'sync_incomplete',
    `The sync found errors in the configuration, and \`onSyncError\` is 'throw'. ${reasons.map(({ text }) => text).join(' ')}`,
  );
}

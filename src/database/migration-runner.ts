/**
 * Runs TypeORM migrations on the host's DataSource under a lock, so that any number of processes may start at the same
 * time, and with a separate history table, so that the host's own migrations do not see ours.
 */
import type { DataSource, Logger, MigrationInterface, QueryRunner } from 'typeorm';
import { MigrationExecutor } from 'typeorm';
import { ConnectionsError, quote } from '../errors';
import type { Log } from '../logging';
import { createLog } from '../logging';
import { engineOf } from './engines';
import { inMigrationContext } from './migration-context';
import type { MigrationWork } from './migration-error';
import { historyError, migrationError } from './migration-error';
import { escapedPath } from './names';
import { selectRows } from './session';

/** A TypeORM migration class. Its name ends in a timestamp in milliseconds, which decides the order. */
export type MigrationClass = new () => MigrationInterface;

export interface MigrationSet {
  /** Name of the history table, without schema and prefix. */
  readonly history: string;
  /** The `down` of the first one must do nothing where its `up` did nothing: a revert also runs it when the history is empty. */
  readonly migrations: readonly MigrationClass[];
}

export interface MigrationState {
  /** Names of migrations that have not run, in order. */
  readonly pending: readonly string[];
  /** Names of migrations that have run but are not in the set: a newer release has migrated the database. */
  readonly unknown: readonly string[];
}

export interface MigrationOutcome {
  /** Names of the migrations that this call ran, in order. */
  readonly ran: readonly string[];
  /** As in `MigrationState`. */
  readonly unknown: readonly string[];
}

export interface MigrationOptions {
  /** Milliseconds to wait for another process that is migrating, or for a locked table; default 30,000. */
  readonly lockTimeoutMs?: number | undefined;
  /** For an adoption: IANA name of the zone of `created_at` and `updated_at` values without an offset; default `UTC`. */
  readonly legacyTimeZone?: string | undefined;
  /** Receives what an adoption did; default: warnings become process warnings. */
  readonly log?: Log | undefined;
}

/** Milliseconds to wait for a lock of another process or transaction. */
export const DEFAULT_LOCK_TIMEOUT_MS = 30_000;

/** Prefix of the name of a migration after which older releases cannot work. */
const BREAKING = 'Breaking';

/** Reads the history, in at most two statements and without a lock. */
async function readMigrationState(
  dataSource: DataSource,
  set: MigrationSet,
  lockTimeoutMs: number,
): Promise<MigrationState> {
  const { schema } = dataSource.options as { schema?: string };
  const table = historyTable(dataSource, set);
  const engine = engineOf(dataSource);
  const session = engine.session(dataSource, { timeoutMs: lockTimeoutMs });
  const [found] = await selectRows(session, { sql: engine.catalogue.tablePresent(table, schema) });
  const known = set.migrations.map(nameOf);
  if (!Number(found?.[0])) return { pending: known, unknown: [] };
  const path = escapedPath(dataSource, schema === undefined ? table : `${schema}.${table}`);
  const name = dataSource.driver.escape('name');
  const rows = await selectRows(session, { sql: `SELECT h.${name} FROM ${path} h` });
  const done = new Set(rows.map(([row]) => String(row)));
  return {
    pending: known.filter((candidate) => !done.has(candidate)),
    unknown: [...done].filter((candidate) => !known.includes(candidate)),
  };
}

/**
 * Reads the migration history and refuses a database that a newer release has made unusable for this one.
 * @throws ConnectionsError `schema_newer`, `database_busy` or `migration_failed`
 */
export async function checkMigrations(
  dataSource: DataSource,
  set: MigrationSet,
  { lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS }: MigrationOptions = {},
): Promise<MigrationState> {
  const state = await readMigrationState(dataSource, set, lockTimeoutMs).catch((error: unknown) => {
    throw historyError(engineOf(dataSource), historyTable(dataSource, set), error);
  });
  const breaking = state.unknown.filter((name) => name.startsWith(BREAKING));
  if (breaking.length === 0) return state;
  throw new ConnectionsError(
    'schema_newer',
    'A newer release of mcp-connections has migrated this database, and this release cannot work with the result ' +
      `(${breaking.map((name) => quote(name)).join(', ')}). Install that release or a later one.`,
  );
}

/**
 * Runs the pending migrations of a set.
 * @throws ConnectionsError `schema_newer`, `database_busy`, `migration_failed`, or a `ConnectionsError` of a migration
 */
export async function runMigrations(
  dataSource: DataSource,
  set: MigrationSet,
  options: MigrationOptions = {},
): Promise<MigrationOutcome> {
  const { pending, unknown } = await checkMigrations(dataSource, set, options);
  if (pending.length === 0) return { ran: [], unknown };
  const ran = await underLock(dataSource, set, options, 'run', (executor) =>
    executor.executePendingMigrations(),
  );
  return { ran: ran.map(({ name }) => name), unknown };
}

/**
 * Reverts the last migration of the set that ran; where none has finished, what the first one did before it stopped.
 * @throws ConnectionsError `database_busy` or `migration_failed`
 */
export async function revertLastMigration(
  dataSource: DataSource,
  set: MigrationSet,
  options: MigrationOptions = {},
): Promise<void> {
  await underLock(dataSource, set, options, 'revert', async (executor, queryRunner) => {
    const [first] = set.migrations;
    const executed = await executor.getExecutedMigrations();
    if (executed.length > 0) await executor.undoLastMigration();
    else if (first) await new first().down(queryRunner);
  });
}

async function underLock<Result>(
  dataSource: DataSource,
  set: MigrationSet,
  options: MigrationOptions,
  kind: MigrationWork,
  work: (executor: MigrationExecutor, queryRunner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  const { lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS, legacyTimeZone = 'UTC', log = createLog() } = options;
  requireTimeZone(legacyTimeZone);
  const engine = engineOf(dataSource);
  const history = historyTable(dataSource, set);
  const { schema } = dataSource.options as { schema?: string };
  const key = JSON.stringify([dataSource.driver.database, schema, history]);
  const queryRunner = dataSource.createQueryRunner();
  try {
    return await engine.schema.underMigrationLock(queryRunner, key, lockTimeoutMs, () => {
      const executor = new MigrationExecutor(dataSourceWith(dataSource, set, history), queryRunner);
      executor.transaction = 'none';
      const choices = { legacyTimeZone, log, mayAdopt: true };
      return inMigrationContext(queryRunner, choices, () => work(executor, queryRunner));
    });
  } catch (error) {
    throw migrationError(engineOf(dataSource), error, kind);
  } finally {
    await queryRunner.release();
  }
}

/** @throws ConnectionsError `time_zone_unknown` */
export function requireTimeZone(zone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw new ConnectionsError(
      'time_zone_unknown',
      `\`legacyTimeZone\` is ${quote(zone)}, which is not a time zone that this Node.js knows. Use an IANA name, such as ` +
        '"America/New_York".',
    );
  }
}

/** The host's DataSource with our migrations and our history table, for TypeORM's executor. */
function dataSourceWith(dataSource: DataSource, set: MigrationSet, history: string): DataSource {
  return Object.create(dataSource, {
    options: { value: { ...dataSource.options, migrationsTableName: history } },
    migrations: { value: set.migrations.map((migration) => new migration()) },
    // TypeORM prints a failed migration whatever the host's `logging` says. We throw an error instead.
    logger: { value: silent },
  }) as DataSource;
}

const silent: Pick<Logger, 'logSchemaBuild' | 'logMigration' | 'log'> = {
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

function historyTable(dataSource: DataSource, set: MigrationSet): string {
  return `${dataSource.options.entityPrefix ?? ''}${set.history}`;
}

function nameOf(migration: MigrationClass): string {
  return new migration().name ?? migration.name;
}

/**
 * SQLite: one connection a DataSource, one writer a file. A transaction of ours takes the write lock at once (BEGIN
 * IMMEDIATE) and waits for it without holding anything. With better-sqlite3 it runs in one go, so that nothing the
 * host does at the same time can fall into it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { Engine } from '../engine';
import { driverError } from '../failure';
import type { Script } from '../script';
import { literal } from '../path';
import { runScript } from '../script';
import { valuesLists } from './batch';

const RETRY_MS = 25;

export const sqlite: Engine = {
  label: 'SQLite',
  rowLock: '',
  absoluteTimestamp: null,
  placeholder: () => '?',

  characters: (column) => `LENGTH(${column})`,
  undoesDdl: true,

  tablePresent: (table, schema) => {
    const master = schema === undefined ? 'sqlite_master' : `${escape(schema)}.sqlite_master`;
    return `SELECT COUNT(*) AS present FROM ${master} WHERE type = 'table' AND name = ${literal(table)}`;
  },

  insert: (batch) => valuesLists(batch, escape, ' ON CONFLICT DO NOTHING'),

  overwrite: (batch, key, assigned) => {
    const assignments = assigned.map((name) => `${escape(name)} = excluded.${escape(name)}`).join(', ');
    return valuesLists(batch, escape, ` ON CONFLICT (${escape(key)}) DO UPDATE SET ${assignments}`);
  },

  failure(error) {
    const { code, message } = driverError(error);
    if (message.includes('no such table')) return 'missing_table';
    if (message.includes('no such column') || message.includes('has no column named'))
      return 'missing_column';
    if (message.includes('UNIQUE constraint failed')) return 'duplicate_key';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
    if (code.startsWith('SQLITE_READONLY')) return 'read_only';
    return 'other';
  },

  byteExactText: async () => null,

  underMigrationLock: (queryRunner, _key, timeoutMs, work) =>
    inTurn(dataSourceOf(queryRunner), async () => {
      const deadline = Date.now() + timeoutMs;
      await waitForHost(queryRunner, deadline);
      const [{ foreign_keys: enforced }] = await queryRunner.query('PRAGMA foreign_keys');
      if (enforced) await queryRunner.query('PRAGMA foreign_keys = OFF');
      try {
        return await immediately(queryRunner, deadline, work);
      } finally {
        await queryRunner.query(`PRAGMA foreign_keys = ${enforced ? 'ON' : 'OFF'}`).catch(() => undefined);
      }
    }),

  async keepingTriggersAndIndexes(queryRunner, tablePath, work) {
    const table = tablePath.split('.').at(-1);
    const read = async (): Promise<{ name: string; sql: string }[]> =>
      queryRunner.query(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND tbl_name = ? AND sql IS NOT NULL",
        [table],
      );
    const before = await read();
    await work();
    const after = new Set((await read()).map(({ name }) => name));
    for (const { name, sql } of before) if (!after.has(name)) await queryRunner.query(sql);
  },

  async retype(queryRunner, table, changes) {
    const pairs = changes.map(({ from, to }) => ({ oldColumn: from, newColumn: to }));
    await queryRunner.changeColumns(table, pairs);
    return [];
  },

  read: (dataSource, sql, timeoutMs) => untilDeadline(Date.now() + timeoutMs, () => dataSource.query(sql)),

  transact: (dataSource, script, timeoutMs) =>
    inTurn(dataSource, async () => {
      const queryRunner = dataSource.createQueryRunner();
      const deadline = Date.now() + timeoutMs;
      const connection: unknown = await queryRunner.connect();
      if (isSynchronous(connection)) return inOneGo(connection, dataSource, queryRunner, script, deadline);
      await waitForHost(queryRunner, deadline);
      return immediately(queryRunner, deadline, () => runScript(queryRunner, script()));
    }),
};

/** Ours, one after another: they share a connection, and a transaction inside another is refused. */
const turns = new WeakMap<DataSource, Promise<unknown>>();

const inside = new AsyncLocalStorage<DataSource>();

async function inTurn<Result>(dataSource: DataSource, work: () => Promise<Result>): Promise<Result> {
  if (inside.getStore() === dataSource) {
    throw new ConnectionsError(
      'database_busy',
      'This was called from a migration, which holds the one connection that SQLite has. Call it after the migration, ' +
        'as `createAll` can, or use the query runner that the migration is given.',
    );
  }
  const run = (turns.get(dataSource) ?? Promise.resolve()).then(() => inside.run(dataSource, work));
  turns.set(
    dataSource,
    run.catch(() => undefined),
  );
  return run;
}

/** What better-sqlite3's Database has and we use. */
interface SynchronousConnection {
  readonly inTransaction: boolean;
  pragma(source: string, options: { simple: true }): unknown;
  prepare(sql: string): {
    readonly reader: boolean;
    all(...parameters: unknown[]): Record<string, unknown>[];
    run(...parameters: unknown[]): { changes: number };
  };
}

function isSynchronous(connection: unknown): connection is SynchronousConnection {
  return typeof (connection as { inTransaction?: unknown } | null)?.inTransaction === 'boolean';
}

async function inOneGo<Result>(
  connection: SynchronousConnection,
  dataSource: DataSource,
  queryRunner: QueryRunner,
  script: () => Script<Result>,
  deadline: number,
): Promise<Result> {
  const send = (sql: string, parameters: readonly unknown[] = []) => {
    dataSource.logger.logQuery(sql, [...parameters], queryRunner);
    const statement = connection.prepare(sql);
    if (statement.reader) return { rows: statement.all(...parameters), affected: 0 };
    return { rows: [], affected: statement.run(...parameters).changes };
  };
  return untilDeadline(deadline, () => {
    if (connection.inTransaction) throw busyWithTransaction();
    withoutWaiting(connection, () => send('BEGIN IMMEDIATE'));
    try {
      const running = script();
      let step = running.next();
      while (!step.done) step = running.next(send(step.value.sql, step.value.parameters));
      withoutWaiting(connection, () => send('COMMIT'));
      return step.value;
    } catch (error) {
      if (connection.inTransaction) send('ROLLBACK');
      throw error;
    }
  });
}

/** This driver waits for a lock inside the call, and nothing else in the process runs meanwhile. We wait outside. */
function withoutWaiting(connection: SynchronousConnection, attempt: () => unknown): void {
  const before = Number(connection.pragma('busy_timeout', { simple: true }));
  connection.pragma('busy_timeout = 0', { simple: true });
  try {
    attempt();
  } finally {
    connection.pragma(`busy_timeout = ${before}`, { simple: true });
  }
}

/** BEGIN IMMEDIATE, the work, COMMIT; undone when the work throws. */
async function immediately<Result>(
  queryRunner: QueryRunner,
  deadline: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const connection: unknown = await queryRunner.connect();
  await untilDeadline(deadline, () => {
    if (!isSynchronous(connection)) return queryRunner.query('BEGIN IMMEDIATE');
    dataSourceOf(queryRunner).logger.logQuery('BEGIN IMMEDIATE', [], queryRunner);
    return withoutWaiting(connection, () => connection.prepare('BEGIN IMMEDIATE').run());
  });
  const turn = queryRunner as { isTransactionActive: boolean };
  turn.isTransactionActive = true;
  try {
    const result = await work();
    await untilDeadline(deadline, () => queryRunner.query('COMMIT'));
    return result;
  } catch (error) {
    await queryRunner.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    turn.isTransactionActive = false;
  }
}

/** The host's own transaction on this DataSource, if one is open, ends first: ours must not fall into it. */
function waitForHost(queryRunner: QueryRunner, deadline: number): Promise<void> {
  return untilDeadline(deadline, () => {
    if (queryRunner.isTransactionActive) throw busyWithTransaction();
  });
}

function busyWithTransaction(): ConnectionsError {
  return new ConnectionsError(
    'database_busy',
    'The DataSource has a transaction of the host open and SQLite has one connection for both. ' +
      'End that transaction first, or pass its own repository to take part in it.',
  );
}

/** Tries again while somebody else holds the file, without blocking the event loop, until the deadline. */
async function untilDeadline<Result>(
  deadline: number,
  attempt: () => Result | Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const ours = error instanceof ConnectionsError && error.code === 'database_busy';
      if (!ours && !isBusy(error)) throw error;
      if (Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Another program holds the file, or something of the host's began a transaction on this connection meanwhile. */
function isBusy(error: unknown): boolean {
  return sqlite.failure(error) === 'busy' || driverError(error).message.includes('within a transaction');
}

function escape(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

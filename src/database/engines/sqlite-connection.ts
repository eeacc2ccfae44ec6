/**
 * Shares the single connection of an SQLite DataSource: runs our work one after another, and waits for the write lock of
 * the file without blocking the process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import { driverError } from '../failure';
import type { Script, Statement } from '../script';
import { sqliteFailure } from './sqlite-failure';
import type { PreparedStatement, SynchronousConnection } from './sqlite-statements';
import { isSynchronous, statementOf } from './sqlite-statements';

const RETRY_MS = 25;

/** The last piece of work queued on each DataSource; SQLite refuses a transaction inside another. */
const turns = new WeakMap<DataSource, Promise<unknown>>();

const inside = new AsyncLocalStorage<DataSource>();

/** Over all DataSources. At zero the AsyncLocalStorage is disabled, since it slows every promise of the process. */
let turnsTaken = 0;

export async function inTurn<Result>(dataSource: DataSource, work: () => Promise<Result>): Promise<Result> {
  if (inside.getStore() === dataSource) {
    throw new ConnectionsError(
      'database_busy',
      'This was called inside a migration, which holds the only connection that a DataSource of SQLite has. Call it after ' +
        'the migration, for example in `createAll`, or use the `queryRunner` that the migration receives.',
    );
  }
  turnsTaken += 1;
  const run = (turns.get(dataSource) ?? Promise.resolve()).then(() => inside.run(dataSource, work));
  turns.set(
    dataSource,
    run.catch(() => undefined),
  );
  try {
    return await run;
  } finally {
    turnsTaken -= 1;
    if (turnsTaken === 0) inside.disable();
  }
}

/**
 * Runs a whole script synchronously in a transaction, so that no statement of the host can become part of it. Successive
 * statements with the same text are prepared once.
 */
export async function inOneGo<Result>(
  connection: SynchronousConnection,
  dataSource: DataSource,
  queryRunner: QueryRunner,
  script: () => Script<Result>,
  deadline: number,
): Promise<Result> {
  let last: { readonly sql: string; readonly statement: PreparedStatement } | undefined;
  const send = (sql: string, parameters: readonly unknown[] = []) => {
    dataSource.logger.logQuery(sql, [...parameters], queryRunner);
    if (last?.sql !== sql) last = { sql, statement: connection.prepare(sql) };
    const { statement } = last;
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

/** Runs one statement by itself; SQLite makes it a transaction. */
export function byItself<Result>(
  dataSource: DataSource,
  { sql, parameters }: Required<Statement>,
  timeoutMs: number,
  run: (statement: PreparedStatement) => Result,
): Promise<Result> {
  return inTurn(dataSource, async () => {
    const queryRunner = dataSource.createQueryRunner();
    const connection = (await queryRunner.connect()) as SynchronousConnection;
    return untilDeadline(Date.now() + timeoutMs, () => {
      if (connection.inTransaction) throw busyWithTransaction();
      dataSource.logger.logQuery(sql, [...parameters], queryRunner);
      return withoutWaiting(connection, () => run(statementOf(connection, sql)));
    });
  });
}

/** Switches the driver's own waiting off, because it blocks the process; `untilDeadline` waits instead. */
function withoutWaiting<Result>(connection: SynchronousConnection, attempt: () => Result): Result {
  const before = Number(connection.pragma('busy_timeout', { simple: true }));
  if (before === 0) return attempt();
  connection.pragma('busy_timeout = 0', { simple: true });
  try {
    return attempt();
  } finally {
    connection.pragma(`busy_timeout = ${before}`, { simple: true });
  }
}

/** Runs `work` between BEGIN IMMEDIATE and COMMIT, and rolls back when it throws. */
export async function immediately<Result>(
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

/** Waits until the host's transaction on this DataSource has ended: ours must not become part of it. */
export function waitForHost(queryRunner: QueryRunner, deadline: number): Promise<void> {
  return untilDeadline(deadline, () => {
    if (queryRunner.isTransactionActive) throw busyWithTransaction();
  });
}

function busyWithTransaction(): ConnectionsError {
  return new ConnectionsError(
    'database_busy',
    'The host has a transaction open on this DataSource, and SQLite has only one connection for both. End that transaction ' +
      'before this call. A sync can also take part in it, with a repository from `manager.getRepository(ConnectionConfig)`.',
  );
}

/** Repeats `attempt` while the database is busy, without blocking the event loop, until the deadline. */
export async function untilDeadline<Result>(
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

/** Whether another process has locked the file, or the host has just begun a transaction on this connection. */
function isBusy(error: unknown): boolean {
  return sqliteFailure(error) === 'busy' || driverError(error).message.includes('within a transaction');
}

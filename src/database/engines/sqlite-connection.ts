/**
 * The one connection that a DataSource of SQLite has: whose turn it is, and how to wait for the file's write lock
 * without holding up the process.
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

/** Ours, one after another: they share a connection, and a transaction inside another is refused. */
const turns = new WeakMap<DataSource, Promise<unknown>>();

const inside = new AsyncLocalStorage<DataSource>();

/** Of all DataSources; while there are none, the storage is switched off, which slows every promise of the process. */
let turnsTaken = 0;

export async function inTurn<Result>(dataSource: DataSource, work: () => Promise<Result>): Promise<Result> {
  if (inside.getStore() === dataSource) {
    throw new ConnectionsError(
      'database_busy',
      'This was called from a migration, which holds the one connection that SQLite has. Call it after the migration, ' +
        'as `createAll` can, or use the query runner that the migration is given.',
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
 * The whole script without giving up the process, so that nothing the host does meanwhile falls into the transaction.
 * A statement whose text is that of the one before is not prepared again.
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

/** One statement by itself, which needs no words around it to be a transaction. */
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

/** This driver waits for a lock inside the call, and nothing else in the process runs meanwhile. We wait outside. */
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

/** BEGIN IMMEDIATE, the work, COMMIT; undone when the work throws. */
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

/** The host's own transaction on this DataSource, if one is open, ends first: ours must not fall into it. */
export function waitForHost(queryRunner: QueryRunner, deadline: number): Promise<void> {
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

/** Another program holds the file, or something of the host's began a transaction on this connection meanwhile. */
function isBusy(error: unknown): boolean {
  return sqliteFailure(error) === 'busy' || driverError(error).message.includes('within a transaction');
}

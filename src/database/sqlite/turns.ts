/**
 * Shares the single connection of an SQLite DataSource: runs our work one after another, and waits for the write lock of
 * the file, or for a transaction of the host, without blocking the process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import { elapsedMs, pause } from '../../pauses';
import { driverError } from '../failure';
import { sqliteFailure } from './dialect';

/** The first wait, by how much the next is longer, and the longest: most locks of another process are over in a moment. */
const FIRST_WAIT_MS = 1;
const GROWTH = 1.25;
const LONGEST_WAIT_MS = 25;

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

export function busyWithTransaction(): ConnectionsError {
  return new ConnectionsError(
    'database_busy',
    'The host has a transaction open on this DataSource, and SQLite has only one connection for both. End that transaction ' +
      'before this call. A sync can also take part in it, with a repository from `manager.getRepository(ConnectionConfig)`.',
  );
}

/** Repeats `attempt` while the database is busy, without blocking the event loop, until the deadline, by `elapsedMs()`. */
export async function untilDeadline<Result>(
  deadline: number,
  attempt: () => Result | Promise<Result>,
): Promise<Result> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * GROWTH, LONGEST_WAIT_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const ours = error instanceof ConnectionsError && error.code === 'database_busy';
      if (!ours && !isBusy(error)) throw error;
      if (elapsedMs() >= deadline) throw error;
      await pause(wait);
    }
  }
}

/** Whether another process has locked the file, or the host has just begun a transaction on this connection. */
function isBusy(error: unknown): boolean {
  return sqliteFailure(error) === 'busy' || driverError(error).message.includes('within a transaction');
}

/** Begins a transaction that has the write lock of the file. */
export type Begin = (queryRunner: QueryRunner) => unknown;

/** Runs `work` between BEGIN IMMEDIATE and COMMIT, and rolls back when it throws. */
export async function inImmediateTransaction<Result>(
  queryRunner: QueryRunner,
  begin: Begin,
  deadline: number,
  work: () => Promise<Result>,
): Promise<Result> {
  await untilDeadline(deadline, () => begin(queryRunner));
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

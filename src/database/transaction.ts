/** Transactions on one query runner, and loans of query runners from the pool. */
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../errors';

/**
 * Runs `work` in a transaction, or behind a savepoint when one is open, and rolls back when it throws. The level is READ
 * COMMITTED whatever the DataSource's default: a replica that waited for a lock must see what its predecessor committed.
 * The rollback is sent even when the start failed: if the connection was cut, its round trip lets the driver notice, so
 * that no dead connection goes back to the pool.
 * @throws what `work` threw
 */
export async function inTransaction<Result>(
  queryRunner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  const isolation = queryRunner.isTransactionActive ? undefined : 'READ COMMITTED';
  try {
    await queryRunner.startTransaction(isolation);
    const result = await work();
    await queryRunner.commitTransaction();
    return result;
  } catch (error) {
    await queryRunner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

/**
 * Runs `work` with the given query runner, or with one from the pool, which is released afterwards.
 * @param timeoutMs milliseconds to wait for a connection of the pool; default: without limit
 * @throws ConnectionsError `database_busy` when the pool has no connection in time
 */
export async function onQueryRunner<Result>(
  dataSource: DataSource,
  given: QueryRunner | undefined,
  work: (queryRunner: QueryRunner) => Promise<Result>,
  timeoutMs?: number,
): Promise<Result> {
  if (given) return work(given);
  const queryRunner = dataSource.createQueryRunner();
  if (timeoutMs !== undefined) await connected(queryRunner, timeoutMs);
  try {
    return await work(queryRunner);
  } finally {
    await queryRunner.release();
  }
}

async function connected(queryRunner: QueryRunner, timeoutMs: number): Promise<void> {
  const connecting: Promise<unknown> = queryRunner.connect();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'late');
  });
  try {
    if ((await Promise.race([connecting, late])) !== 'late') return;
  } finally {
    clearTimeout(timer);
  }
  // The pool may still deliver the connection: give it back then.
  void connecting.then(() => queryRunner.release()).catch(() => undefined);
  throw new ConnectionsError(
    'database_busy',
    `The connection pool of the DataSource had no free connection for ${timeoutMs} ms. Nothing was written. Raise the ` +
      '`poolSize` of the DataSource, or shorten the transactions that hold its connections.',
  );
}

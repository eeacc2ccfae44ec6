/** A transaction around some work on one query runner, undone when the work throws; a savepoint inside another one. */
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../errors';

/**
 * READ COMMITTED is said because a DataSource may ask for more: a replica that waited for a lock must then see what
 * the one before it has done.
 * @throws whatever `work` threw. The rollback is sent after a failed start too: where the connection was cut, its round
 * trip lets the driver notice, and the pool is not given a dead connection back
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
 * Lends the given query runner to the work, or one of the pool that goes back afterwards.
 * @param timeoutMs for the pool to have a connection; without it as long as that takes
 * @throws ConnectionsError `database_busy` when the pool has none in time
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
  // It goes back when it comes.
  void connecting.then(() => queryRunner.release()).catch(() => undefined);
  throw new ConnectionsError(
    'database_busy',
    `The pool of the DataSource had no free connection for ${timeoutMs} ms. Nothing was written: give it more ` +
      'connections, or shorten the transactions that hold them.',
  );
}

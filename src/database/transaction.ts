/** A transaction around some work on one query runner, undone when the work throws; a savepoint inside another one. */
import type { DataSource, QueryRunner } from 'typeorm';

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

/** Lends the given query runner to the work, or one of the pool that goes back afterwards. */
export async function onQueryRunner<Result>(
  dataSource: DataSource,
  given: QueryRunner | undefined,
  work: (queryRunner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  if (given) return work(given);
  const queryRunner = dataSource.createQueryRunner();
  try {
    return await work(queryRunner);
  } finally {
    await queryRunner.release();
  }
}

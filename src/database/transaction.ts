/** A transaction around some work on one query runner, READ COMMITTED, undone when the work throws. */
import type { QueryRunner } from 'typeorm';

/**
 * READ COMMITTED is said because a DataSource may ask for more: a replica that waited for a lock must then see what
 * the one before it has done.
 * @throws whatever `work` threw; a failing rollback is not told, the connection is then gone anyway
 */
export async function inTransaction<Result>(
  queryRunner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  await queryRunner.startTransaction('READ COMMITTED');
  try {
    const result = await work();
    await queryRunner.commitTransaction();
    return result;
  } catch (error) {
    await queryRunner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

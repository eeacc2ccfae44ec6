/** Limits on waits for locks that last for more than one statement. */
import type { QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';

/** Limits the wait for table and row locks during `work`, then restores the settings of the pooled session. */
export async function withLockWait<Result>(
  queryRunner: QueryRunner,
  limit: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const [before] = await queryRunner.query(
    'SELECT @@SESSION.lock_wait_timeout AS tables_s, @@SESSION.innodb_lock_wait_timeout AS rows_s, ' +
      '@@SESSION.sql_mode AS mode',
  );
  if (String(before.mode).includes('NO_BACKSLASH_ESCAPES')) {
    throw new ConnectionsError(
      'engine_unsupported',
      'The session has the SQL mode NO_BACKSLASH_ESCAPES, in which the driver mysql2 does not quote text safely. Nothing was ' +
        "written. Remove the mode with `SET GLOBAL sql_mode = REPLACE(@@GLOBAL.sql_mode, 'NO_BACKSLASH_ESCAPES', '')` and in " +
        'the configuration of the server, then restart this program.',
    );
  }
  const set = (tables: number, rows: number) =>
    queryRunner.query(
      `SET SESSION lock_wait_timeout = ${tables}, SESSION innodb_lock_wait_timeout = ${rows}`,
    );
  await set(limit, limit);
  try {
    return await work();
  } finally {
    await set(Number(before.tables_s), Number(before.rows_s)).catch(() => undefined);
  }
}

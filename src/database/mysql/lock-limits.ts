/** Limits on waits for locks: of one statement, and of all that a session sends. */
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

/**
 * A statement that waits for locks no longer than the time-out: on MariaDB by a prefix, which MySQL reads as a comment; on
 * MySQL 8 by a hint, which MariaDB and older servers read as a comment, and only in a SELECT.
 */
export function withLockLimit(sql: string, timeoutMs: number): string {
  const limit = seconds(timeoutMs);
  const hinted = sql.replace(/^SELECT /, `SELECT /*+ SET_VAR(lock_wait_timeout = ${limit}) */ `);
  return `/*M! SET STATEMENT lock_wait_timeout = ${limit}, innodb_lock_wait_timeout = ${limit} FOR */ ${hinted}`;
}

/** In the server's range: one second to one year. */
export function seconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs / 1000), 1), 31_536_000);
}

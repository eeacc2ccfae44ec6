/** A pooled connection of mysql2: rows as arrays, and waits for locks no longer than they may be. */
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import type { RowValues } from '../rows';
import type { Statement } from '../script';
import { onQueryRunner } from '../transaction';

/** What mysql2's connection has and we use. */
interface MysqlConnection {
  query(...sent: Sent): void;
  /** Prepares what it has not, and keeps it. */
  execute(...sent: Sent): void;
}

type Sent = [
  query: { sql: string; values: readonly unknown[]; rowsAsArray: true },
  done: (error: Error | null, answer: Answer) => void,
];

type Answer = readonly RowValues[] | Header;

/** What mysql2 gives for a statement without rows. */
interface Header {
  readonly affectedRows: number;
  readonly serverStatus: number;
}

const SERVER_STATUS_AUTOCOMMIT = 2;

/** @param how `execute` prepares the statement: its text and its values go apart, whatever the session's SQL mode */
export async function rowsOf(
  dataSource: DataSource,
  queryRunner: QueryRunner,
  how: 'query' | 'execute',
  { sql, parameters = [] }: Statement,
): Promise<readonly RowValues[]> {
  return (await send(dataSource, queryRunner, how, { sql, parameters })) as readonly RowValues[];
}

/** One statement without rows, by itself. */
export function executed(dataSource: DataSource, statement: Statement, timeoutMs: number): Promise<number> {
  return byItself(dataSource, statement, timeoutMs, async (answer, queryRunner) => {
    const { affectedRows, serverStatus } = answer as Header;
    if ((serverStatus & SERVER_STATUS_AUTOCOMMIT) === 0) await queryRunner.query('COMMIT');
    return affectedRows;
  });
}

/** One statement that changes rows and returns them, by itself. */
export function returned(
  dataSource: DataSource,
  { sql, parameters = [] }: Statement,
  columns: readonly string[],
  timeoutMs: number,
): Promise<readonly RowValues[]> {
  // With rows the server says nothing of autocommit that the driver passes on.
  const returning = { sql: `${sql} RETURNING ${[...columns, '@@autocommit'].join(', ')}`, parameters };
  return byItself(dataSource, returning, timeoutMs, async (answer, queryRunner) => {
    const rows = answer as readonly RowValues[];
    if (Number(rows[0]?.at(-1)) !== 1) await queryRunner.query('COMMIT');
    return rows.map((row) => row.slice(0, -1));
  });
}

/** @param finish commits where a host has switched autocommit off for its sessions */
function byItself<Result>(
  dataSource: DataSource,
  { sql, parameters = [] }: Statement,
  timeoutMs: number,
  finish: (answer: Answer, queryRunner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  const statement = { sql: `${bounded(timeoutMs)} ${sql}`, parameters };
  return onQueryRunner(
    dataSource,
    undefined,
    async (queryRunner) => finish(await send(dataSource, queryRunner, 'execute', statement), queryRunner),
    timeoutMs,
  );
}

async function send(
  dataSource: DataSource,
  queryRunner: QueryRunner,
  how: 'query' | 'execute',
  { sql, parameters }: Required<Statement>,
): Promise<Answer> {
  const connection = (await queryRunner.connect()) as MysqlConnection;
  dataSource.logger.logQuery(sql, [...parameters], queryRunner);
  return new Promise((resolve, reject) => {
    connection[how]({ sql, values: parameters, rowsAsArray: true }, (error, answer) => {
      if (error === null) return resolve(answer);
      dataSource.logger.logQueryError(error, sql, [...parameters], queryRunner);
      reject(error);
    });
  });
}

/** MySQL takes this for a comment and waits without a limit; it has no other way to say it in one statement. */
export function bounded(timeoutMs: number): string {
  const limit = seconds(timeoutMs);
  return `/*M! SET STATEMENT lock_wait_timeout = ${limit}, innodb_lock_wait_timeout = ${limit} FOR */`;
}

/** As the server takes it: from one second to a year. */
export function seconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs / 1000), 1), 31_536_000);
}

/** Bounds the wait for table and row locks, and gives the pooled session back as it was. */
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
      'The session has the SQL mode NO_BACKSLASH_ESCAPES, under which the driver mysql2 does not quote texts safely. ' +
        'Nothing was written. Take that mode out of `sql_mode` for this connection.',
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

/** Statements on a pooled connection of mysql2: rows as arrays, and limits on the wait for locks. */
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import type { RowValues } from '../rows';
import type { Statement, StatementOptions } from '../script';
import { onQueryRunner } from '../transaction';
import { allOrNone } from './all-or-none';
import { withoutEscapes } from './mysql-literals';

/** The part of mysql2's connection that we use. */
interface MysqlConnection {
  query(...sent: Sent): void;
  /** Prepares the statement at its first use and keeps it. */
  execute(...sent: Sent): void;
}

type Sent = [
  query: { sql: string; values: readonly unknown[]; rowsAsArray: true },
  done: (error: Error | null, answer: Answer) => void,
];

type Answer = readonly RowValues[] | Header;

/** mysql2's result of a statement that returns no rows. */
interface Header {
  readonly affectedRows: number;
  readonly serverStatus: number;
}

const SERVER_STATUS_AUTOCOMMIT = 2;

/** @param how `execute` prepares the statement and sends the values separately; `query` writes them into its text */
export async function rowsOf(
  dataSource: DataSource,
  queryRunner: QueryRunner,
  how: 'query' | 'execute',
  { sql, parameters = [] }: Statement,
): Promise<readonly RowValues[]> {
  return (await send(dataSource, queryRunner, how, { sql, parameters })) as readonly RowValues[];
}

/** Executes one statement that returns no rows, in a transaction of its own. */
export function executed(
  dataSource: DataSource,
  { sql, parameters = [] }: Statement,
  timeoutMs: number,
): Promise<number> {
  const work = async (queryRunner: QueryRunner) => {
    const statement = { sql: `${bounded(timeoutMs)} ${sql}`, parameters };
    const { affectedRows, serverStatus } = (await send(
      dataSource,
      queryRunner,
      'execute',
      statement,
    )) as Header;
    // The host has switched autocommit off for its sessions.
    if ((serverStatus & SERVER_STATUS_AUTOCOMMIT) === 0) await queryRunner.query('COMMIT');
    return affectedRows;
  };
  return onQueryRunner(dataSource, undefined, work, timeoutMs);
}

/** Executes statements in one transaction, and undoes them when one changes no row. */
export function allInOneTransaction(
  dataSource: DataSource,
  statements: readonly Statement[],
  { timeoutMs }: StatementOptions,
): Promise<number> {
  const work = async (queryRunner: QueryRunner) =>
    allOrNone(statements, {
      begin: () => queryRunner.query('START TRANSACTION'),
      change: async ({ sql, parameters }) => {
        const statement = { sql: `${bounded(timeoutMs)} ${sql}`, parameters };
        return ((await send(dataSource, queryRunner, 'execute', statement)) as Header).affectedRows;
      },
      commit: () => queryRunner.query('COMMIT'),
      rollback: () => queryRunner.query('ROLLBACK'),
    });
  return onQueryRunner(dataSource, undefined, work, timeoutMs);
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
    const written = how === 'query' ? withoutEscapes({ sql, parameters }) : { sql, parameters };
    connection[how]({ sql: written.sql, values: written.parameters, rowsAsArray: true }, (error, answer) => {
      if (error === null) return resolve(answer);
      dataSource.logger.logQueryError(error, sql, [...parameters], queryRunner);
      reject(error);
    });
  });
}

/** A prefix that limits lock waits on MariaDB. MySQL reads it as a comment: there, one statement cannot set a limit. */
export function bounded(timeoutMs: number): string {
  const limit = seconds(timeoutMs);
  return `/*M! SET STATEMENT lock_wait_timeout = ${limit}, innodb_lock_wait_timeout = ${limit} FOR */`;
}

/** In the server's range: one second to one year. */
export function seconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs / 1000), 1), 31_536_000);
}

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

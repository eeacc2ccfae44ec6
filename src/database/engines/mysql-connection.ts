/** Statements on a pooled connection of mysql2: rows as arrays, and limits on the wait for locks. */
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import { CommitFailure, driverError } from '../failure';
import type { RowValues } from '../rows';
import type { Statement, StatementOptions } from '../script';
import { onQueryRunner } from '../transaction';
import type { Session } from './all-or-none';
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
    const answer = await send(dataSource, queryRunner, 'execute', statement).catch(orCommitFailure);
    const { affectedRows, serverStatus } = answer as Header;
    // The host has switched autocommit off for its sessions.
    if ((serverStatus & SERVER_STATUS_AUTOCOMMIT) === 0)
      await queryRunner.query('COMMIT').catch(orCommitFailure);
    return affectedRows;
  };
  return onQueryRunner(dataSource, undefined, work, timeoutMs);
}

/**
 * Executes statements in one transaction, and undoes them when one changes no row. On MariaDB all of it is one statement,
 * which needs one round trip.
 */
export function allInOneTransaction(
  dataSource: DataSource,
  statements: readonly Statement[],
  { timeoutMs }: StatementOptions,
): Promise<number> {
  const all = limited(statements, timeoutMs);
  const work = (queryRunner: QueryRunner) => {
    const session = sessionOf(dataSource, queryRunner);
    return isMariaDb(dataSource) ? inOneTrip(session, all) : allOrNone(all, session);
  };
  return onQueryRunner(dataSource, undefined, work, timeoutMs);
}

/** @returns null when the statement changed no row */
export function changeThenRead(
  dataSource: DataSource,
  change: Statement,
  reads: readonly Statement[],
  { timeoutMs }: StatementOptions,
): Promise<readonly (readonly RowValues[])[] | null> {
  const [first, ...rest] = limited([change, ...reads], timeoutMs) as [Required<Statement>];
  const work = async (queryRunner: QueryRunner) => {
    const session = sessionOf(dataSource, queryRunner);
    if (isMariaDb(dataSource)) return changeThenReadInOneTrip(session, first, rest);
    const read: (readonly RowValues[])[] = [];
    const changed = await allOrNone([first], {
      ...session,
      async change(statement) {
        const count = await session.change(statement);
        if (count > 0) for (const one of rest) read.push((await session.send(one)) as readonly RowValues[]);
        return count;
      },
    });
    return changed > 0 ? read : null;
  };
  return onQueryRunner(dataSource, undefined, work, timeoutMs);
}

function limited(statements: readonly Statement[], timeoutMs: number): Required<Statement>[] {
  return statements.map(({ sql, parameters = [] }) => ({ sql: `${bounded(timeoutMs)} ${sql}`, parameters }));
}

/** Of a server that can return the rows it deleted TypeORM knows that it is MariaDB. */
function isMariaDb({ driver }: DataSource): boolean {
  return driver.isReturningSqlSupported('delete');
}

interface MysqlSession extends Session {
  send(statement: Required<Statement>): Promise<Answer>;
}

function sessionOf(dataSource: DataSource, queryRunner: QueryRunner): MysqlSession {
  const sending = (statement: Required<Statement>) => send(dataSource, queryRunner, 'execute', statement);
  return {
    send: sending,
    begin: () => queryRunner.query('START TRANSACTION'),
    change: async (statement) => ((await sending(statement)) as Header).affectedRows,
    commit: () => queryRunner.query('COMMIT'),
    rollback: () => queryRunner.query('ROLLBACK'),
  };
}

async function inOneTrip(session: MysqlSession, statements: readonly Required<Statement>[]): Promise<number> {
  const steps = statements.map(
    ({ sql }, index) => `${sql}; IF ROW_COUNT() = 0 THEN ROLLBACK; SELECT ${index}; LEAVE work; END IF;`,
  );
  const parameters = statements.flatMap((one) => one.parameters);
  const [rows] = await compound(
    session,
    `${steps.join(' ')} COMMIT; SELECT ${statements.length};`,
    parameters,
  );
  return Number(rows?.[0]?.[0]);
}

async function changeThenReadInOneTrip(
  session: MysqlSession,
  change: Required<Statement>,
  reads: readonly Required<Statement>[],
): Promise<readonly (readonly RowValues[])[] | null> {
  const texts = reads.map(({ sql }) => `${sql};`).join(' ');
  const steps = `${change.sql}; IF ROW_COUNT() = 0 THEN ROLLBACK; LEAVE work; END IF; ${texts} COMMIT;`;
  const parameters = [change, ...reads].flatMap((one) => one.parameters);
  const results = await compound(session, steps, parameters);
  return results.length > 0 ? results : null;
}

/** @returns the rows of each SELECT among the steps */
async function compound(
  session: MysqlSession,
  steps: string,
  parameters: readonly unknown[],
): Promise<readonly (readonly RowValues[])[]> {
  const sql = `BEGIN NOT ATOMIC work: BEGIN START TRANSACTION; ${steps} END; END`;
  try {
    const answer: unknown = await session.send({ sql, parameters });
    // The last one says how the whole has ended; without a SELECT it is the only one.
    return Array.isArray(answer) ? answer.slice(0, -1) : [];
  } catch (error) {
    await session.rollback().catch(() => undefined);
    return orCommitFailure(error);
  }
}

/** An error of a statement came before the commit. One of the connection, or of the server as a whole, may have come after it. */
function orCommitFailure(error: unknown): never {
  const { code } = driverError(error);
  const isOfStatement =
    code.startsWith('ER_') && !/^ER_(SERVER_SHUTDOWN|QUERY_INTERRUPTED|ERROR_DURING_COMMIT)$/.test(code);
  throw isOfStatement ? error : new CommitFailure(error);
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

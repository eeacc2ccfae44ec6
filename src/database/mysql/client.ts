/** The part of mysql2's connection that we use, and limits on its waits for locks. */
import type { DataSource, QueryRunner } from 'typeorm';
import type { ConnectionCare } from '../pool';
import type { RowValues, Statement, StatementResult } from '../statement';
import { sent } from '../transaction';
import { withoutEscapes } from './literals';

export interface MysqlClient {
  query(...sent: Sent): void;
  /** Prepares the statement at its first use and keeps it. */
  execute(...sent: Sent): void;
  /** Back to its pool. */
  release(): void;
  readonly stream: { destroy(): void };
}

/** The part of TypeORM's driver that we use. It listens to the errors of connections. */
interface MysqlDriver {
  obtainMasterConnection(): Promise<MysqlClient>;
}

type Sent = [
  query: { sql: string; values: readonly unknown[]; rowsAsArray: true },
  done: (error: Error | null, answer: Answer) => void,
];

export type Answer = readonly RowValues[] | Header;

/** mysql2's result of a statement that returns no rows. */
export interface Header {
  readonly affectedRows: number;
  readonly serverStatus: number;
}

export const care: ConnectionCare<MysqlClient> = {
  take({ driver }, taken) {
    const taking = (driver as unknown as MysqlDriver).obtainMasterConnection();
    taking.then((client) => {
      taken(null, client);
      return client;
    }, taken);
  },
  giveBack: (client) => client.release(),
  ping: (client) => answerOf(client, 'query', { sql: 'SELECT 1' }),
  // Not by its own `destroy`, which tells a statement under way nothing. The pool forgets it when its socket has closed.
  drop: (client) => client.stream.destroy(),
};

/** @param how `execute` prepares the statement and sends the values apart; `query` writes them into its text */
export function answerOf(
  client: MysqlClient,
  how: 'query' | 'execute',
  statement: Statement,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    ask(client, how, statement, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

/** As `answerOf` does, without a promise. */
export function ask(
  client: MysqlClient,
  how: 'query' | 'execute',
  statement: Statement,
  done: Sent[1],
): void {
  const { sql, parameters = [] } = how === 'query' ? withoutEscapes(statement) : statement;
  client[how]({ sql, values: parameters, rowsAsArray: true }, done);
}

/** Sends a statement with TypeORM, whatever the SQL mode of the session. */
export function sentWithoutEscapes(queryRunner: QueryRunner, statement: Statement): Promise<StatementResult> {
  return sent(queryRunner, withoutEscapes(statement));
}

/** Of a server that can return the rows it deleted TypeORM knows that it is MariaDB. */
export function isMariaDb({ driver }: DataSource): boolean {
  return driver.isReturningSqlSupported('delete');
}

/**
 * A statement that waits for locks no longer than the time-out: on MariaDB by a prefix, which MySQL reads as a comment; on
 * MySQL 8 by a hint, which MariaDB and older servers read as a comment, and only in a SELECT.
 */
export function bounded(sql: string, timeoutMs: number): string {
  const limit = seconds(timeoutMs);
  const hinted = sql.replace(/^SELECT /, `SELECT /*+ SET_VAR(lock_wait_timeout = ${limit}) */ `);
  return `/*M! SET STATEMENT lock_wait_timeout = ${limit}, innodb_lock_wait_timeout = ${limit} FOR */ ${hinted}`;
}

/** In the server's range: one second to one year. */
export function seconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs / 1000), 1), 31_536_000);
}

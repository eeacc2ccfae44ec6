/** The part of mysql2's connection that we use, and how texts are written into a statement that it completes itself. */
import type { DataSource, QueryRunner } from 'typeorm';
import type { ConnectionCare } from '../pool';
import type { RowValues, Statement, StatementResult } from '../statement';
import { sendStatement } from '../transaction';

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
export function sendWithoutEscapes(queryRunner: QueryRunner, statement: Statement): Promise<StatementResult> {
  return sendStatement(queryRunner, withoutEscapes(statement));
}

/** TypeORM reports support for DELETE ... RETURNING only on MariaDB. */
export function isMariaDb({ driver }: DataSource): boolean {
  return driver.isReturningSqlSupported('delete');
}

/**
 * Every character that mysql2 escapes, and the other control characters. A text without them is only put in quotes.
 * mysql2 escapes with backslashes, and the SQL mode NO_BACKSLASH_ESCAPES takes those literally, so that a quotation mark ends the
 * text and the rest becomes SQL. The mode of a session can change between any two statements; a hexadecimal literal means the
 * same in every mode.
 */
// oxlint-disable-next-line no-control-regex
const ESCAPED = /["'\\\u0000-\u001f\u007f]/;

/** Writes texts that mysql2 would escape into the statement, and leaves the other values to it. */
export function withoutEscapes({ sql, parameters = [] }: Statement): Required<Statement> {
  const isLiteral = (value: unknown): value is string => typeof value === 'string' && ESCAPED.test(value);
  if (!parameters.some(isLiteral)) return { sql, parameters };
  const left: unknown[] = [];
  let position = 0;
  const written = sql.replaceAll('?', () => {
    const value = parameters[position];
    position += 1;
    if (isLiteral(value)) return hexadecimal(value);
    left.push(value);
    return '?';
  });
  return { sql: written, parameters: left };
}

/** Like a quoted text, it yields to the column in comparisons: the column's collation and index are used. */
function hexadecimal(text: string): string {
  return `_utf8mb4 X'${Buffer.from(text).toString('hex')}'`;
}

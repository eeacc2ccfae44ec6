/** Statements on a pooled connection of pg, with a limit on the wait for locks. */
import { createHash } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { CommitFailure, driverError } from '../failure';
import type { RowValues } from '../rows';
import type { Statement, StatementOptions } from '../script';
import { onQueryRunner } from '../transaction';

/** The part of pg's client that we use; a text of several statements returns a result for each. */
export interface PostgresClient {
  query(text: string): Promise<unknown>;
  query(query: {
    name?: string | undefined;
    text: string;
    values: readonly unknown[];
    rowMode: 'array';
  }): Promise<PostgresResult>;
  query(query: { text: string; rowMode: 'array' }): Promise<readonly PostgresResult[]>;
  escapeLiteral(text: string): string;
}

interface PostgresResult {
  readonly rows: readonly RowValues[];
  readonly rowCount: number | null;
}

/**
 * Executes statements in one transaction with a `lock_timeout`, without which they could hold a connection of the pool for
 * ever. To need one round trip, all of it is one text of several statements. Such a text cannot have parameters, so the
 * values become literals.
 * @returns a result for each statement
 * @throws CommitFailure when it is not known whether they were carried out
 */
export function inOneTrip(
  dataSource: DataSource,
  statements: readonly Statement[],
  { timeoutMs, isPrepared }: StatementOptions,
): Promise<readonly PostgresResult[]> {
  const begin = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`;
  const work = async (queryRunner: QueryRunner) => {
    const client = (await queryRunner.connect()) as PostgresClient;
    const send: Run = async (texts) => {
      try {
        const text = [begin, ...texts, 'COMMIT'].join('; ');
        return (await client.query({ text, rowMode: 'array' })).slice(2, -1);
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    };
    const run: Run = (texts) =>
      send(texts).catch((error: unknown) => {
        // An error of a statement came before the commit. One of the connection may have come after it.
        throw isOfStatement(error) ? error : new CommitFailure(error);
      });
    const { logger } = dataSource;
    for (const { sql, parameters = [] } of statements) logger.logQuery(sql, [...parameters], queryRunner);
    try {
      if (isPrepared) await prepare(client, statements, send);
      const results = isPrepared ? await executed(client, statements, run) : null;
      return results ?? (await run(statements.map((one) => written(one, client))));
    } catch (error) {
      for (const { sql, parameters = [] } of stoppedAt(error) === null ? statements : []) {
        logger.logQueryError(error as Error, sql, [...parameters], queryRunner);
      }
      throw error;
    }
  };
  return onQueryRunner(dataSource, undefined, work, timeoutMs);
}

/**
 * Executes statements in one transaction, and undoes them when one changes no row: each counts its rows, and where there are
 * none a cast fails, which ends the transaction and says which statement it was.
 */
export async function allInOneTrip(
  dataSource: DataSource,
  statements: readonly Statement[],
  how: StatementOptions,
): Promise<number> {
  const counted = statements.map(({ sql, parameters = [] }, index) => ({
    sql:
      `WITH changed AS (${sql} RETURNING 1) ` +
      `SELECT (CASE count(*) WHEN 0 THEN '${NONE_OF}${index}' ELSE '1' END)::integer FROM changed`,
    parameters,
  }));
  try {
    return (await inOneTrip(dataSource, counted, how)).length;
  } catch (error) {
    const stopped = stoppedAt(error);
    if (stopped === null) throw error;
    return stopped;
  }
}

/** @returns null when the statement changed no row; what the others read does not matter then */
export async function changeThenRead(
  dataSource: DataSource,
  change: Statement,
  reads: readonly Statement[],
  how: StatementOptions,
): Promise<readonly (readonly RowValues[])[] | null> {
  const [changed, ...read] = await inOneTrip(dataSource, [change, ...reads], how);
  return changed?.rowCount ? read.map(({ rows }) => rows) : null;
}

/** The statement that changed no row; null when the error is another one. */
function stoppedAt(error: unknown): number | null {
  const { code, message } = driverError(error);
  const stopped = code === '22P02' ? new RegExp(`${NONE_OF}(\\d+)`).exec(message) : null;
  return stopped && Number(stopped[1]);
}

/** Whether the server answered with an SQLSTATE, and none of a broken connection, a pooler, or a server that stops. */
function isOfStatement(error: unknown): boolean {
  const { code } = driverError(error);
  return /^(?:\d[\dA-Z]{4}|P0\d{3})$/.test(code) && !/^(08|58|57P)/.test(code);
}

const NONE_OF = 'no row of statement ';

type Run = (texts: readonly string[]) => Promise<readonly PostgresResult[]>;

/** Names of the statements prepared on a connection; `null` for a connection that lost one, as behind a pooler. */
const preparedOn = new WeakMap<PostgresClient, Set<string> | null>();

/** Preparing takes a lock on the tables, so it needs the time-out, too. */
async function prepare(client: PostgresClient, statements: readonly Statement[], send: Run): Promise<void> {
  const before = preparedOn.get(client);
  if (before === null) return;
  const names = before ?? new Set();
  preparedOn.set(client, names);
  for (const { sql } of statements) {
    const name = nameOf(sql);
    if (!names.has(name)) await send([`PREPARE ${name} AS ${sql}`]).catch(unlessThere);
    names.add(name);
  }
}

/** @returns null when the connection has not prepared the statements, or has lost one of them; nothing was executed then */
async function executed(
  client: PostgresClient,
  statements: readonly Statement[],
  run: Run,
): Promise<readonly PostgresResult[] | null> {
  if (!statements.every(({ sql }) => preparedOn.get(client)?.has(nameOf(sql)))) return null;
  try {
    return await run(
      statements.map(({ sql, parameters = [] }) => {
        const literals = parameters.map((value) => literalOf(value, client)).join(', ');
        return `EXECUTE ${nameOf(sql)}${literals === '' ? '' : `(${literals})`}`;
      }),
    );
  } catch (error) {
    if (!isStale(error)) throw error;
    preparedOn.set(client, null);
    return null;
  }
}

/** A statement with this name exists already. It has the same text, since the name is derived from the text. */
function unlessThere(error: unknown): void {
  if (driverError(error).code !== '42P05') throw error;
}

/** A statement with its values in place of the placeholders. */
function written({ sql, parameters = [] }: Statement, client: PostgresClient): string {
  return sql.replace(/\$(\d+)/g, (_all, place: string) => literalOf(parameters[Number(place) - 1], client));
}

/** The driver's `escapeLiteral` is slow for long text such as tokens, so it is called only where something needs escaping. */
function literalOf(value: unknown, client: PostgresClient): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return 'NULL';
  return value.includes("'") || value.includes('\\') ? client.escapeLiteral(value) : `'${value}'`;
}

/** Whether a prepared statement is unusable: a table was altered, or a pooler switched the server session. */
export function isStale(error: unknown): boolean {
  const { code } = driverError(error);
  return code === '0A000' || code === '26000';
}

const names = new Map<string, string>();

/** The name of the prepared statement for a text. */
export function nameOf(text: string): string {
  const name = names.get(text) ?? `mcpc_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  names.set(text, name);
  return name;
}

/** In the range of `lock_timeout`, where 0 would mean no limit. */
export function milliseconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs), 1), 2_147_483_647);
}

/** Statements on a pooled connection of pg, with a limit on the wait for locks. */
import { createHash } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { driverError } from '../failure';
import type { RowValues } from '../rows';
import type { Statement, StatementOptions } from '../script';
import { onQueryRunner } from '../transaction';
import { allOrNone } from './all-or-none';

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

const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/**
 * Executes one statement in a transaction of its own with a `lock_timeout`, without which it could hold a connection of
 * the pool for ever. To need one round trip, all of it is one text of several statements. Such a text cannot have
 * parameters, so the values become literals.
 */
export function inOneTrip(
  dataSource: DataSource,
  { sql, parameters = [] }: Statement,
  { timeoutMs, isPrepared }: StatementOptions,
): Promise<PostgresResult> {
  const first = `${begin}; SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`;
  const work = async (queryRunner: QueryRunner) => {
    const client = (await queryRunner.connect()) as PostgresClient;
    const run: Run = async (text) => {
      try {
        const [, , result] = await client.query({ text: `${first}; ${text}; COMMIT`, rowMode: 'array' });
        return result ?? NOTHING;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    };
    const literals = parameters.map((value) => literalOf(value, client));
    dataSource.logger.logQuery(sql, [...parameters], queryRunner);
    try {
      const prepared = isPrepared ? await executed(client, sql, literals, run) : null;
      return (
        prepared ??
        (await run(sql.replace(/\$(\d+)/g, (_all, place: string) => literals[Number(place) - 1] ?? 'NULL')))
      );
    } catch (error) {
      dataSource.logger.logQueryError(error as Error, sql, [...parameters], queryRunner);
      throw error;
    }
  };
  return onQueryRunner(dataSource, undefined, work, timeoutMs);
}

/** Executes statements in one transaction, and undoes them when one changes no row. */
export async function allInOneTransaction(
  dataSource: DataSource,
  statements: readonly Statement[],
  { timeoutMs, isPrepared }: StatementOptions,
): Promise<number> {
  const work = async (queryRunner: QueryRunner) => {
    const client = (await queryRunner.connect()) as PostgresClient;
    return allOrNone(statements, {
      begin: () => client.query(`${begin}; SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`),
      async change({ sql, parameters }) {
        dataSource.logger.logQuery(sql, [...parameters], queryRunner);
        // A name of its own: the same text may be prepared on this connection by PREPARE.
        const name = isPrepared ? `${nameOf(sql)}_all` : undefined;
        return (await client.query({ name, text: sql, values: parameters, rowMode: 'array' })).rowCount ?? 0;
      },
      commit: () => client.query('COMMIT'),
      rollback: () => client.query('ROLLBACK'),
    });
  };
  try {
    return await onQueryRunner(dataSource, undefined, work, timeoutMs);
  } catch (error) {
    if (!isPrepared || !isStale(error)) throw error;
    return allInOneTransaction(dataSource, statements, { timeoutMs, isPrepared: false });
  }
}

type Run = (text: string) => Promise<PostgresResult>;

const NOTHING: PostgresResult = { rows: [], rowCount: null };

/** Names of the statements prepared on a connection; `null` for a connection that lost one, as behind a pooler. */
const preparedOn = new WeakMap<PostgresClient, Set<string> | null>();

/** @returns null when the connection has lost the prepared statement; nothing was executed then */
async function executed(
  client: PostgresClient,
  sql: string,
  literals: readonly string[],
  run: Run,
): Promise<PostgresResult | null> {
  const before = preparedOn.get(client);
  if (before === null) return null;
  const names = before ?? new Set();
  preparedOn.set(client, names);
  const name = nameOf(sql);
  if (!names.has(name)) {
    await run(`PREPARE ${name} AS ${sql}`).catch(unlessThere);
    names.add(name);
  }
  try {
    return await run(`EXECUTE ${name}${literals.length > 0 ? `(${literals.join(', ')})` : ''}`);
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

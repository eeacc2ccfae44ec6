/** A pooled connection of pg: what we use of it, and a statement that waits for no lock longer than it may. */
import { createHash } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { driverError } from '../failure';
import type { RowValues } from '../rows';
import type { Statement, StatementOptions } from '../script';
import { onQueryRunner } from '../transaction';

/** What pg's client has and we use: several statements sent as one give a result each. */
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
 * One statement in a transaction of its own; what is not bounded could hold a connection of the pool for ever. Only a text
 * of several statements has both in one round trip, and such a text takes no parameters: each becomes a literal.
 */
export function inOneTrip(
  dataSource: DataSource,
  { sql, parameters = [] }: Statement,
  { timeoutMs, isPrepared }: StatementOptions,
): Promise<PostgresResult> {
  const begin = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`;
  const work = async (queryRunner: QueryRunner) => {
    const client = (await queryRunner.connect()) as PostgresClient;
    const run: Run = async (text) => {
      try {
        const [, , result] = await client.query({ text: `${begin}; ${text}; COMMIT`, rowMode: 'array' });
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

type Run = (text: string) => Promise<PostgresResult>;

const NOTHING: PostgresResult = { rows: [], rowCount: null };

/** Names of what is prepared on a connection; `null` for one that does not keep it, as a pooler's may not. */
const preparedOn = new WeakMap<PostgresClient, Set<string> | null>();

/** @returns null where the connection has lost the statement: nothing was carried out */
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

/** A name says which text it is of, whoever prepared it. */
function unlessThere(error: unknown): void {
  if (driverError(error).code !== '42P05') throw error;
}

/** As the driver writes it, which looks at each character: for a token's text that takes longer than the statement. */
function literalOf(value: unknown, client: PostgresClient): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return 'NULL';
  return value.includes("'") || value.includes('\\') ? client.escapeLiteral(value) : `'${value}'`;
}

/** A table that was altered since, or a pooler that gave us a session in which nothing was prepared. */
export function isStale(error: unknown): boolean {
  const { code } = driverError(error);
  return code === '0A000' || code === '26000';
}

const names = new Map<string, string>();

/** Under which a text is prepared. */
export function nameOf(text: string): string {
  const name = names.get(text) ?? `mcpc_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  names.set(text, name);
  return name;
}

/** As `lock_timeout` takes it, where 0 would mean for ever. */
export function milliseconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs), 1), 2_147_483_647);
}

/**
 * Statements on a pooled connection of pg. A transaction of several statements is one text, which takes one round trip; such
 * a text cannot have parameters, so the values become literals.
 */
import type { DataSource, QueryRunner } from 'typeorm';
import { CommitFailure, driverError } from '../failure';
import { Pool } from '../pool';
import type { Executed, Session, SessionOptions } from '../session';
import { undoneAfter } from '../session';
import type { RowValues, Script, Statement, Step } from '../statement';
import { isRequired, longestMs, onlyRead, runScript } from '../statement';
import { inTransaction, sendStatement } from '../transaction';
import type { PostgresClient, PostgresResult } from './client';
import { care, literalOf, milliseconds, withLiterals } from './client';
import { isBeforeCommit } from './dialect';
import { preparedOn } from './prepared';

export class PostgresSession implements Session {
  readonly limitsRowWaits = true;
  private readonly pool: Pool<PostgresClient>;
  private readonly prepared: ReturnType<typeof preparedOn>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: SessionOptions,
  ) {
    const { timeoutMs, isPrepared = false, log, queryRunner } = options;
    this.pool = new Pool(dataSource, timeoutMs, care, queryRunner);
    this.prepared = preparedOn(dataSource, isPrepared, log);
  }

  async execute(steps: readonly Step[], patienceMs = this.options.timeoutMs): Promise<Executed> {
    const { queryRunner, timeoutMs } = this.options;
    const waitMs = Math.min(patienceMs, timeoutMs);
    // The host may have begun a transaction there with SQL of its own, which a COMMIT of ours would end.
    if (queryRunner && onlyRead(steps)) return readOn(queryRunner, steps);
    // One change among reads has nothing to undo where it changes no row.
    const isOnlyChange = steps.filter(({ isRead }) => !isRead).length < 2;
    const statements = isOnlyChange ? steps : steps.map(withCount);
    try {
      const results = await this.inOneTrip(statements, waitMs);
      const changed = steps.map(({ isRead }, index) => !isRead && Boolean(results[index]?.rowCount));
      const stopped = steps.findIndex((step, index) => isRequired(step) && !changed[index]);
      if (stopped >= 0) return undoneAfter(stopped);
      return { completed: steps.length, rows: results.map(({ rows }) => rows), changed };
    } catch (error) {
      const stopped = stoppedAt(error);
      if (stopped === null) throw error;
      return undoneAfter(stopped);
    }
  }

  transact<Result>(script: () => Script<Result>): Promise<Result> {
    return this.pool.use((queryRunner) =>
      inTransaction(queryRunner, async () => {
        await queryRunner.query(waitLimit(this.options.timeoutMs));
        return runScript(script(), (statement) => sendStatement(queryRunner, statement));
      }),
    );
  }

  async read({ sql, parameters = [] }: Statement): Promise<readonly RowValues[]> {
    const { logger } = this.dataSource;
    const { queryRunner } = this.options;
    const { reads } = this.prepared;
    const name = reads.nameOf(sql);
    logger.logQuery(sql, [...parameters], queryRunner);
    try {
      return await this.rowsOf(sql, parameters, name);
    } catch (error) {
      if (name !== undefined && reads.haveLapsed(error, [name])) return this.rowsOf(sql, parameters);
      logger.logQueryError(error as Error, sql, [...parameters], queryRunner);
      throw error;
    }
  }

  private rowsOf(text: string, values: readonly unknown[], name?: string): Promise<readonly RowValues[]> {
    const query = { name, text, values, rowMode: 'array' } as const;
    return this.pool.ask(this.options.timeoutMs, (client, done) =>
      client.query(query, (error, result) => done(error, result?.rows)),
    );
  }

  /** @throws CommitFailure when it is not known whether they were carried out */
  private async inOneTrip(steps: readonly Step[], waitMs: number): Promise<readonly PostgresResult[]> {
    const { logger } = this.dataSource;
    const { queryRunner } = this.options;
    const work = async (client: PostgresClient) => {
      for (const { sql, parameters = [] } of steps) logger.logQuery(sql, [...parameters], queryRunner);
      try {
        return await this.prepareAndSend(client, steps, begin(waitMs));
      } catch (error) {
        for (const { sql, parameters = [] } of stoppedAt(error) === null ? steps : []) {
          logger.logQueryError(error as Error, sql, [...parameters], queryRunner);
        }
        throw error;
      }
    };
    try {
      return await this.pool.useWithin(longestMs(steps, this.options.timeoutMs, waitMs), work);
    } catch (error) {
      throw onlyRead(steps) || isBeforeCommit(error) ? error : new CommitFailure(error);
    }
  }

  private async prepareAndSend(
    client: PostgresClient,
    steps: readonly Statement[],
    beginning: string,
  ): Promise<readonly PostgresResult[]> {
    const { steps: prepared } = this.prepared;
    const names = steps.map(({ sql }) => prepared.nameOf(sql));
    try {
      const texts: string[] = [];
      for (const [index, step] of steps.entries()) {
        texts.push(await this.prepare(client, step, names[index], beginning));
      }
      return await this.send(client, [beginning, ...texts]);
    } catch (error) {
      if (!prepared.haveLapsed(error, names)) throw error;
    }
    return this.send(client, [beginning, ...steps.map((step) => withLiterals(step, client))]);
  }

  /** @returns the text that executes the statement: prepared under its name, or with its values */
  private async prepare(
    client: PostgresClient,
    statement: Statement,
    name: string | undefined,
    beginning: string,
  ): Promise<string> {
    if (name === undefined) return withLiterals(statement, client);
    const { sql, parameters = [] } = statement;
    const names = namesOn.get(client) ?? new Set();
    namesOn.set(client, names);
    // Preparing takes a lock on the tables, so it needs the time-out, too.
    if (!names.has(name)) await this.send(client, [beginning, `PREPARE ${name} AS ${sql}`]);
    names.add(name);
    const literals = parameters.map((value) => literalOf(value, client)).join(', ');
    return `EXECUTE ${name}${literals === '' ? '' : `(${literals})`}`;
  }

  private async send(client: PostgresClient, texts: readonly string[]): Promise<readonly PostgresResult[]> {
    try {
      const text = [...texts, 'COMMIT'].join('; ');
      return (await client.query({ text, rowMode: 'array' })).slice(2, -1);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}

/** Without a limit, a statement could hold a connection of the pool for ever. */
function waitLimit(waitMs: number): string {
  return `SET LOCAL lock_timeout = ${milliseconds(waitMs)}`;
}

function begin(waitMs: number): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED; ${waitLimit(waitMs)}`;
}

/** Names of the statements prepared on a connection. */
const namesOn = new WeakMap<PostgresClient, Set<string>>();

async function readOn(queryRunner: QueryRunner, selects: readonly Statement[]): Promise<Executed> {
  const rows: (readonly RowValues[])[] = [];
  for (const select of selects) rows.push((await sendStatement(queryRunner, select)).rows);
  return { completed: selects.length, rows, changed: selects.map(() => false) };
}

const NONE_OF = 'no row of statement ';

/** A change that counts its rows. If there are none, a cast fails, which aborts the transaction and names the step. */
function withCount(step: Step, index: number): Statement {
  const { sql, parameters = [] } = step;
  if (!isRequired(step)) return step;
  const count = `CASE count(*) WHEN 0 THEN '${NONE_OF}${index}' ELSE '1' END`;
  return { sql: `WITH changed AS (${sql} RETURNING 1) SELECT (${count})::integer FROM changed`, parameters };
}

/** The statement that changed no row; null when the error is another one. */
function stoppedAt(error: unknown): number | null {
  const { code, message } = driverError(error);
  const stopped = code === '22P02' ? new RegExp(`${NONE_OF}(\\d+)`).exec(message) : null;
  return stopped && Number(stopped[1]);
}

/**
 * Statements on a pooled connection of mysql2. On MariaDB a transaction of several statements is one compound statement,
 * which takes one round trip; on MySQL, which has none, it is one statement after another.
 */
import type { DataSource } from 'typeorm';
import { CommitFailure, NoAnswer } from '../failure';
import { Pool } from '../pool';
import type { Executed, Session, SessionOptions } from '../session';
import type { RowValues, Script, Statement, Step } from '../statement';
import { longestMs, onlyRead, runScript } from '../statement';
import { inTransaction } from '../transaction';
import { commitsByItself, inAutocommit } from './autocommit';
import type { Answer, MysqlClient } from './client';
import { answerOf, ask, care, isMariaDb, sendWithoutEscapes } from './client';
import { seconds, withLockLimit, withLockWait } from './lock-limits';
import type { Send } from './steps';
import { executeOne, inOneTrip, oneByOne } from './steps';

/** Steps of a transaction whose text is prepared although some of them are optional. */
const MOST_PREPARED = 2;

export class MysqlSession implements Session {
  readonly limitsRowWaits: boolean;
  private readonly pool: Pool<MysqlClient>;
  private readonly how: 'query' | 'execute';

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: SessionOptions,
  ) {
    const { timeoutMs, isPrepared = false, queryRunner } = options;
    this.pool = new Pool(dataSource, timeoutMs, care, queryRunner);
    this.how = isPrepared ? 'execute' : 'query';
    this.limitsRowWaits = isMariaDb(dataSource);
  }

  async execute(steps: readonly Step[], patienceMs = this.options.timeoutMs): Promise<Executed> {
    const { timeoutMs } = this.options;
    const waitMs = Math.min(patienceMs, timeoutMs);
    const limitMs = longestMs(steps, seconds(timeoutMs) * 1000, seconds(waitMs) * 1000);
    try {
      return await this.pool.useWithin(limitMs, (client) => {
        // A varying mix of statements rarely gives the same text twice, so preparing it would not pay.
        const isRare = steps.length > MOST_PREPARED && steps.some(({ isOptional }) => isOptional);
        const how = isRare ? 'query' : this.how;
        const send = (statement: Statement) => this.send(client, statement, how);
        return this.runAndCommit(client, () => this.run(client, steps, waitMs, send));
      });
    } catch (error) {
      throw error instanceof NoAnswer && !onlyRead(steps) ? new CommitFailure(error) : error;
    }
  }

  transact<Result>(script: () => Script<Result>): Promise<Result> {
    return this.pool.use((queryRunner) =>
      withLockWait(queryRunner, seconds(this.options.timeoutMs), () =>
        inTransaction(queryRunner, () =>
          runScript(script(), (statement) => sendWithoutEscapes(queryRunner, statement)),
        ),
      ),
    );
  }

  /** Without a server-side lock limit, which would cost a fifth of a read: a read that waits for a lock ends when its client has gone. */
  async read(select: Statement): Promise<readonly RowValues[]> {
    const { timeoutMs, queryRunner } = this.options;
    const { logger } = this.dataSource;
    const { sql, parameters = [] } = select;
    const how = parameters.length > 0 ? this.how : 'query';
    logger.logQuery(sql, [...parameters], queryRunner);
    try {
      const rows = await this.pool.ask<Answer>(timeoutMs, (client, answered) => {
        if (queryRunner || commitsByItself(client)) return ask(client, how, select, answered);
        const reading = inAutocommit(client, () => answerOf(client, how, select));
        reading.then((answer) => {
          answered(null, answer);
          return answer;
        }, answered);
      });
      return rows as readonly RowValues[];
    } catch (error) {
      logger.logQueryError(error as Error, sql, [...parameters], queryRunner);
      throw error;
    }
  }

  /** A query runner of the host keeps its autocommit: the host may have a transaction open that we must not commit. */
  private runAndCommit<Result>(client: MysqlClient, work: () => Promise<Result>): Promise<Result> {
    return this.options.queryRunner ? work() : inAutocommit(client, work);
  }

  private run(client: MysqlClient, steps: readonly Step[], waitMs: number, send: Send): Promise<Executed> {
    if (steps.length > 1 && isMariaDb(this.dataSource)) return inOneTrip(steps, waitMs, send);
    const all = steps.map((step) => ({ ...step, sql: withLockLimit(step.sql, waitMs) }));
    const [only, ...others] = all;
    return only && others.length === 0 ? executeOne(client, only, send) : oneByOne(all, send);
  }

  private async send(client: MysqlClient, statement: Statement, how = this.how): Promise<Answer> {
    const { logger } = this.dataSource;
    const { queryRunner } = this.options;
    const { sql, parameters = [] } = statement;
    logger.logQuery(sql, [...parameters], queryRunner);
    try {
      return await answerOf(client, parameters.length > 0 ? how : 'query', statement);
    } catch (error) {
      logger.logQueryError(error as Error, sql, [...parameters], queryRunner);
      throw error;
    }
  }
}

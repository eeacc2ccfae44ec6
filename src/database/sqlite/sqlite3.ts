/** Statements on the connection of the package sqlite3, which is asynchronous. */
import type { DataSource, QueryRunner } from 'typeorm';
import { elapsedMs } from '../../pauses';
import type { Executed, Session, SessionOptions } from '../session';
import { executeSteps } from '../session';
import type { RowValues, Script, Statement, Step } from '../statement';
import { runScript } from '../statement';
import { sendStatement, valuesOf } from '../transaction';
import { isCertain } from './dialect';
import { inImmediateTransaction, inTurn, untilDeadline, waitForHost } from './turns';

export class Sqlite3Session implements Session {
  /** No row has a lock of its own. */
  readonly limitsRowWaits = true;
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: SessionOptions,
  ) {}

  async execute(steps: readonly Step[]): Promise<Executed> {
    const [only, ...others] = steps;
    if (only?.isRead && others.length === 0) {
      return { completed: 1, rows: [await this.read(only)], changed: [false] };
    }
    return executeSteps(steps, (script) => this.transact(script), isCertain);
  }

  transact<Result>(script: () => Script<Result>): Promise<Result> {
    return inTurn(this.dataSource, async () => {
      const queryRunner = this.dataSource.createQueryRunner();
      const deadline = elapsedMs() + this.options.timeoutMs;
      await waitForHost(queryRunner, deadline);
      return inImmediateTransaction(queryRunner, beginAsync, deadline, () =>
        runScript(script(), (statement) => sendStatement(queryRunner, statement)),
      );
    });
  }

  read({ sql, parameters = [] }: Statement): Promise<readonly RowValues[]> {
    return untilDeadline(elapsedMs() + this.options.timeoutMs, async () =>
      valuesOf(await this.dataSource.query(sql, [...parameters])),
    );
  }
}

/** Begins a transaction that has the write lock of the file. */
export const beginAsync = (queryRunner: QueryRunner): Promise<unknown> =>
  queryRunner.query('BEGIN IMMEDIATE');

/** Runs a text of several statements, for which the driver lets others wait. */
export async function execAsync(queryRunner: QueryRunner, sql: string): Promise<void> {
  const connection = (await queryRunner.connect()) as Sqlite3;
  await new Promise<void>((resolve, reject) => {
    connection.exec(sql, (error) => (error ? reject(error) : resolve()));
  });
}

interface Sqlite3 {
  exec(sql: string, answer: (error: Error | null) => void): unknown;
}

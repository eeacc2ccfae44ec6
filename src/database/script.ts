/**
 * Database work as a generator that yields statements and receives their results. The same work can then run
 * asynchronously on a pooled connection, or synchronously on SQLite's single connection.
 */
import type { QueryRunner } from 'typeorm';
import { dataSourceOf } from '../typeorm';
import { withoutEscapes } from './engines/mysql-literals';

export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

/** How to send a statement. */
export interface StatementOptions {
  /** Milliseconds to wait for a lock. */
  readonly timeoutMs: number;
  /** Whether to use a prepared statement, which stays on the connection. */
  readonly isPrepared: boolean;
}

interface StatementResult {
  readonly rows: readonly Record<string, unknown>[];
  readonly affected: number;
}

export type Script<Result> = Generator<Statement, Result, StatementResult>;

/** Sends a statement on a query runner of the host's or of ours, whatever the SQL mode of its session. */
export async function sent(queryRunner: QueryRunner, statement: Statement): Promise<StatementResult> {
  const { type } = dataSourceOf(queryRunner).options;
  const { sql, parameters = [] } =
    type === 'mysql' || type === 'mariadb' ? withoutEscapes(statement) : statement;
  const { records, affected } = await queryRunner.query(sql, [...parameters], true);
  return { rows: records ?? [], affected: affected ?? 0 };
}

/** Runs a script on one query runner, in the transaction that is open there, if any. */
export async function runScript<Result>(queryRunner: QueryRunner, script: Script<Result>): Promise<Result> {
  let step = script.next();
  while (!step.done) {
    step = script.next(await sent(queryRunner, step.value));
  }
  return step.value;
}

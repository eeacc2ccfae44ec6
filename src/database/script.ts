/**
 * Database work as a generator that yields statements and receives their results. The same work can then run
 * asynchronously on a pooled connection, or synchronously on SQLite's single connection.
 */
import type { QueryRunner } from 'typeorm';

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

/** Runs a script on one query runner, in the transaction that is open there, if any. */
export async function runScript<Result>(queryRunner: QueryRunner, script: Script<Result>): Promise<Result> {
  let step = script.next();
  while (!step.done) {
    const { sql, parameters = [] } = step.value;
    const result = await queryRunner.query(sql, [...parameters], true);
    step = script.next({ rows: result.records ?? [], affected: result.affected ?? 0 });
  }
  return step.value;
}

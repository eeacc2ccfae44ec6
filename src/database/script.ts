/**
 * A piece of database work as a generator of statements: it says what to send next and is told what came back.
 * Whoever runs it decides how, so the same work runs awaited on a pool or in one go on SQLite's single connection.
 */
import type { QueryRunner } from 'typeorm';

export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

/** How a statement is sent. */
export interface StatementOptions {
  /** How long it may wait for another program's lock, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether it may leave a prepared statement behind, for the next time. */
  readonly isPrepared: boolean;
}

interface StatementResult {
  readonly rows: readonly Record<string, unknown>[];
  readonly affected: number;
}

export type Script<Result> = Generator<Statement, Result, StatementResult>;

/** Runs a script statement by statement on one query runner, whatever transaction that is in. */
export async function runScript<Result>(queryRunner: QueryRunner, script: Script<Result>): Promise<Result> {
  let step = script.next();
  while (!step.done) {
    const { sql, parameters = [] } = step.value;
    const result = await queryRunner.query(sql, [...parameters], true);
    step = script.next({ rows: result.records ?? [], affected: result.affected ?? 0 });
  }
  return step.value;
}

/** Statements, what they give, and scripts: work that needs the result of one statement before it writes the next. */

/** Adds a value to those that are sent with a text, and gives its placeholder. */
export type Bind = (given: unknown) => string;

/** The values of a row, in the order of the SELECT: objects with column names cost more than the values themselves. */
export type RowValues = readonly unknown[];

export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

/** A statement that must change a row unless it is optional, or a SELECT. */
export interface Step extends Statement {
  readonly isRead?: true;
  readonly isOptional?: true;
}

/** Whether a step that changes no row ends the transaction. */
export function isRequired({ isRead, isOptional }: Step): boolean {
  return !isRead && !isOptional;
}

export function onlyRead(steps: readonly Step[]): boolean {
  return steps.every(({ isRead }) => isRead);
}

/** Lock waits that are added up: if one transaction waits more often than this, the database counts as not answering. */
const MOST_WAITS = 8;

/**
 * How long steps in one transaction may take before the connection counts as dead. The limit for a lock on the
 * table counts twice, for preparing and for executing a statement; the limit for row locks counts for each step.
 * @param timeoutMs milliseconds that a lock on the table may take
 * @param waitMs milliseconds that each waits for a lock of a row
 */
export function longestMs(steps: readonly Step[], timeoutMs: number, waitMs: number): number {
  const tableMs = 2 * timeoutMs;
  return onlyRead(steps) ? tableMs : tableMs + Math.min(steps.length + 1, MOST_WAITS) * waitMs;
}

export interface StatementResult {
  readonly rows: readonly RowValues[];
  /** Rows that were changed; 0 for a SELECT. */
  readonly affected: number;
}

/**
 * Database work as a generator that yields statements and receives their results. The same work can then run
 * asynchronously on a pooled connection, or synchronously on SQLite's single connection.
 */
export type Script<Result> = Generator<Statement, Result, StatementResult>;

export async function runScript<Result>(
  script: Script<Result>,
  send: (statement: Statement) => Promise<StatementResult>,
): Promise<Result> {
  let step = script.next();
  while (!step.done) step = script.next(await send(step.value));
  return step.value;
}

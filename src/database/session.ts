/** How statements run on an engine. */
import type { QueryRunner } from 'typeorm';
import type { Log } from '../logging';
import { CommitFailure } from './failure';
import type { RowValues, Script, Statement, Step } from './statement';
import { isRequired } from './statement';

export interface SessionOptions {
  /**
   * Milliseconds to wait for a lock of another transaction, or for a connection of the pool. On a query runner of the host, its own
   * settings hold.
   */
  readonly timeoutMs: number;
  /** Whether statements are prepared, which then stay on their connection; default false. */
  readonly isPrepared?: boolean | undefined;
  /** Of the host, used instead of one from the pool. In a transaction that is open there, each call is a savepoint. */
  readonly queryRunner?: QueryRunner | undefined;
  /** Receives what changes the way in which statements are sent. */
  readonly log?: Log | undefined;
}

/**
 * Statements on one DataSource. Each call is a transaction of its own, and a part of one of the host's only where the session
 * was given the host's query runner.
 */
export interface Session {
  /**
   * Whether `waitMs` of `execute` is honoured. MySQL cannot limit row-lock waits for one statement: each may wait as long as the
   * server allows, and holds up the rest of its transaction.
   */
  readonly limitsRowWaits: boolean;
  /**
   * Executes steps in one transaction. If a step changes no row, and is neither optional nor a read, the transaction is rolled
   * back.
   * @param waitMs how long a lock of a row is waited for, where rows have locks of their own; default the time-out
   * @throws CommitFailure when it is not known whether they were carried out
   */
  execute(steps: readonly Step[], waitMs?: number): Promise<Executed>;
  /** Runs a script in one transaction, which is rolled back when the script throws. */
  transact<Result>(script: () => Script<Result>): Promise<Result>;
  /**
   * Reads rows with one SELECT as fast as the engine can. After the time-out it gives up its connection, whose peer may be gone.
   * @throws ConnectionsError `database_busy` after the time-out
   */
  read(select: Statement): Promise<readonly RowValues[]>;
  /**
   * Reads rows synchronously; null when the database file is locked. Undefined for drivers that only read asynchronously.
   */
  readonly readNow?: (select: Statement) => readonly RowValues[] | null;
}

export interface Executed {
  /** How many steps were carried out before one changed no row; where that is not all of them, they were undone. */
  readonly completed: number;
  /** What each step read; nothing where they were undone. */
  readonly rows: readonly (readonly RowValues[])[];
  /** Whether each step changed a row; nothing where they were undone. */
  readonly changed: readonly boolean[];
}

/** Reads rows as `execute` does, so that locks are waited for no longer than the time-out. */
export async function selectRows(session: Session, select: Statement): Promise<readonly RowValues[]> {
  const { rows } = await session.execute([{ ...select, isRead: true }]);
  return rows[0] ?? [];
}

/** Thrown so that the transaction is rolled back. */
const UNDONE = new Error('A statement changed no row');

/**
 * @param isCertain whether an error of the commit says that nothing was carried out
 * @throws CommitFailure when it is not known whether they were carried out
 */
export async function executeSteps(
  steps: readonly Step[],
  transact: (script: () => Script<void>) => Promise<void>,
  isCertain: (error: unknown) => boolean,
): Promise<Executed> {
  let rows: (readonly RowValues[])[] = [];
  let changed: boolean[] = [];
  const script = function* (): Script<void> {
    rows = [];
    changed = [];
    for (const step of steps) {
      const result = yield step;
      if (isRequired(step) && result.affected === 0) throw UNDONE;
      rows.push(result.rows);
      changed.push(result.affected > 0);
    }
  };
  try {
    await transact(script);
  } catch (error) {
    if (error === UNDONE) return undoneAfter(rows.length);
    throw rows.length < steps.length || isCertain(error) ? error : new CommitFailure(error);
  }
  return { completed: rows.length, rows, changed };
}

/** @param completed how many steps were carried out before one changed no row */
export function undoneAfter(completed: number): Executed {
  return { completed, rows: [], changed: [] };
}

/**
 * Single conditional statements, each in a transaction and on a connection of its own. A statement whose condition no
 * longer holds, because another process was faster, changes no row. After a deadlock the statement is sent again.
 */
import { ConnectionsError } from '../errors';
import { databaseError } from './database-error';
import type { Dialect } from './dialect';
import type { Database } from './engine';
import { CommitFailure } from './failure';
import type { Executed } from './session';
import { selectRows } from './session';
import type { Bind, RowValues, Statement, Step } from './statement';

/** Builds a statement; `text` must call `value` in the order in which the placeholders appear in its result. */
export function statement({ placeholder }: Dialect, text: (value: Bind) => string): Required<Statement> {
  const parameters: unknown[] = [];
  const sql = text((given) => placeholder(parameters.push(given)));
  return { sql, parameters };
}

/** A condition that compares byte for byte, whatever the collation of the column. */
export function isExactly({ exactText }: Dialect, column: string, value: string): string {
  return `${exactText(column)} = ${exactText(value)}`;
}

const MAX_ATTEMPTS = 5;

export class TableStatements {
  constructor(private readonly database: Database) {}

  /** @returns whether the statement changed a row */
  async touches(one: Statement, doing: string): Promise<boolean> {
    return (await this.execute([one], doing)).completed > 0;
  }

  /** @returns as `touches`, or `taken` when a row with the same unique key exists */
  touchesUnlessTaken(one: Statement, doing: string): Promise<boolean | 'taken'> {
    return this.unlessTaken(this.touches(one, doing));
  }

  /**
   * All of the statements or none: when one of them changes no row, nothing is written.
   * @returns how many changed a row before one did not, or `taken` when a row with the same unique key exists
   * @throws ConnectionsError, of which `isUncertain` says whether they may have been carried out all the same
   */
  async all(statements: readonly Statement[], doing: string): Promise<number | 'taken'> {
    return this.unlessTaken(this.execute(statements, doing).then(({ completed }) => completed));
  }

  /**
   * In one transaction, which those that change no row do not end.
   * @param waitMs how long each waits for a row that is locked; default as long as any statement
   * @returns whether each changed a row
   * @throws ConnectionsError as `all` does; then none was carried out, unless it is uncertain
   */
  async each(statements: readonly Statement[], doing: string, waitMs?: number): Promise<readonly boolean[]> {
    if (statements.length === 0) return [];
    return (await this.execute(statements.map(optional), doing, waitMs)).changed;
  }

  /** @returns what `each` does; and what `select` gives after the changes, in the same transaction */
  async eachThenRead(
    statements: readonly Statement[],
    select: Statement,
    doing: string,
    waitMs?: number,
  ): Promise<{ readonly changed: readonly boolean[]; readonly rows: readonly RowValues[] }> {
    const steps = [...statements.map(optional), { ...select, isRead: true as const }];
    const { changed, rows } = await this.execute(steps, doing, waitMs);
    return { changed, rows: rows[statements.length] ?? [] };
  }

  /** @returns as `each`, or `taken` when a row with the same unique key exists; then none was carried out */
  eachUnlessTaken(
    statements: readonly Statement[],
    doing: string,
    waitMs?: number,
  ): Promise<readonly boolean[] | 'taken'> {
    return this.unlessTaken(this.each(statements, doing, waitMs));
  }

  /** @returns what `reads` give after the change, as values in the order of each SELECT; null when nothing was changed */
  async changeThenRead(
    change: Statement,
    reads: readonly Statement[],
    doing: string,
  ): Promise<readonly (readonly RowValues[])[] | null> {
    const steps = [change, ...reads.map((read) => ({ ...read, isRead: true as const }))];
    const { completed, rows } = await this.execute(steps, doing);
    return completed < steps.length ? null : rows.slice(1);
  }

  rows(select: Statement, doing: string): Promise<readonly RowValues[]> {
    return this.retryWhileContended(() => selectRows(this.database.session, select), doing);
  }

  /** As `rows`, but a quarter faster; in return, a lock wait that reaches the time-out costs the connection. */
  read(select: Statement, doing: string): Promise<readonly RowValues[]> {
    return this.retryWhileContended(() => this.database.session.read(select), doing);
  }

  private execute(steps: readonly Step[], doing: string, waitMs?: number): Promise<Executed> {
    return this.retryWhileContended(() => this.database.session.execute(steps, waitMs), doing);
  }

  private async unlessTaken<Result>(work: Promise<Result>): Promise<Result | 'taken'> {
    try {
      return await work;
    } catch (error) {
      const cause = error instanceof ConnectionsError ? error.cause : undefined;
      if (this.database.engine.failure(cause) === 'duplicate_key') return 'taken';
      throw error;
    }
  }

  private async retryWhileContended<Result>(work: () => Promise<Result>, doing: string): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const cause = error instanceof CommitFailure ? error.cause : error;
        const { engine } = this.database;
        if (engine.failure(cause) === 'contended' && attempt < MAX_ATTEMPTS) continue;
        throw databaseError(engine, error, doing);
      }
    }
  }
}

function optional(one: Statement): Step {
  return { ...one, isOptional: true };
}

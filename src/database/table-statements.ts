/**
 * Single conditional statements, each in a transaction and on a connection of its own. A statement whose condition no
 * longer holds, because another process was faster, changes no row. After a deadlock the statement is sent again.
 */
import type { DataSource } from 'typeorm';
import { ConnectionsError } from '../errors';
import { databaseError } from './database-error';
import type { Engine } from './engine';
import { CommitFailure } from './failure';
import type { RowValues } from './rows';
import type { Script, Statement, StatementOptions } from './script';

/** Builds a statement; `text` must call `value` in the order in which the placeholders appear in its result. */
export function statement(
  engine: Engine,
  text: (value: (given: unknown) => string) => string,
): Required<Statement> {
  const parameters: unknown[] = [];
  const sql = text((given) => engine.placeholder(parameters.push(given)));
  return { sql, parameters };
}

const MAX_ATTEMPTS = 5;

export class TableStatements {
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
    private readonly how: StatementOptions,
  ) {}

  /** @returns whether the statement changed a row */
  touches(one: Statement, doing: string): Promise<boolean> {
    return this.again(async () => (await this.engine.execute(this.dataSource, one, this.how)) > 0, doing);
  }

  /** @returns as `touches`, or `taken` when a row with the same unique key exists */
  async touchesUnlessTaken(one: Statement, doing: string): Promise<boolean | 'taken'> {
    return this.unlessTaken(this.touches(one, doing));
  }

  /**
   * All of the statements or none: when one of them changes no row, nothing is written.
   * @returns how many changed a row before that, or `taken` when a row with the same unique key exists
   * @throws ConnectionsError, of which `isUncertain` says whether they may have been carried out all the same
   */
  async all(statements: readonly Statement[], doing: string): Promise<number | 'taken'> {
    return this.unlessTaken(
      this.again(() => this.engine.executeAll(this.dataSource, statements, this.how), doing),
    );
  }

  /** @returns what `reads` give after the change, as values in the order of each SELECT; null when nothing was changed */
  changeThenRead(
    change: Statement,
    reads: readonly Statement[],
    doing: string,
  ): Promise<readonly (readonly RowValues[])[] | null> {
    return this.again(() => this.engine.changeThenRead(this.dataSource, change, reads, this.how), doing);
  }

  rows(one: Statement, doing: string): Promise<readonly Record<string, unknown>[]> {
    const script = function* (): Script<readonly Record<string, unknown>[]> {
      return (yield one).rows;
    };
    return this.again(() => this.engine.transact(this.dataSource, script, this.how.timeoutMs), doing);
  }

  private async unlessTaken<Result>(work: Promise<Result>): Promise<Result | 'taken'> {
    try {
      return await work;
    } catch (error) {
      const cause = error instanceof ConnectionsError ? error.cause : undefined;
      if (this.engine.failure(cause) === 'duplicate_key') return 'taken';
      throw error;
    }
  }

  private async again<Result>(work: () => Promise<Result>, doing: string): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const cause = error instanceof CommitFailure ? error.cause : error;
        if (this.engine.failure(cause) === 'contended' && attempt < MAX_ATTEMPTS) continue;
        throw databaseError(this.engine, error, doing);
      }
    }
  }
}

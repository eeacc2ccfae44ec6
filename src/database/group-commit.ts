/**
 * Sends conditional statements of many callers. With nothing under way, a statement is sent at once; those that come meanwhile
 * share the next transaction, and its commit, the most expensive part. A faulty statement harms no other: if a shared transaction
 * fails, each of its statements is sent on its own. Where waits for row locks cannot be limited, nothing is shared at all, since
 * one wait would hold up the whole transaction.
 */
import { ConnectionsError } from '../errors';
import { afterTurn } from '../pauses';
import { chunksOf, textLength } from './chunks';
import { isUncertain } from './database-error';
import type { Database } from './engine';
import type { Statement } from './statement';
import { TableStatements } from './table-statements';

interface QueuedStatement {
  readonly statement: Statement;
  /** Id of the row: transactions that lock their rows in the same order cannot deadlock. */
  readonly id: string;
  /** Called each time the statement is sent. */
  readonly onSend: (() => void) | undefined;
  readonly resolve: (isChanged: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** In one transaction. */
const MOST_STATEMENTS = 64;

/** With this many waiting, a second transaction runs at the same time. */
const WORTH_TWO_TRANSACTIONS = 16;

const MOST_TRANSACTIONS = 2;

/** How long a shared transaction waits for a row that another has locked: meanwhile, callers that need any of its rows wait, too. */
export const PATIENCE_MS = 250;

export class GroupCommit {
  private readonly statements: TableStatements;
  private waiting: QueuedStatement[] = [];
  private running = 0;

  constructor(
    private readonly database: Database,
    private readonly doing: string,
  ) {
    this.statements = new TableStatements(database);
  }

  /**
   * @param id of the row that the statement is about
   * @param onSend called when the statement leaves the queue, and again where it is sent on its own after that
   * @returns whether the statement changed a row
   * @throws ConnectionsError as `TableStatements.touches` does
   */
  touches(statement: Statement, id: string, onSend?: () => void): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const queued = { statement, id, onSend, resolve, reject };
      if (!this.database.session.limitsRowWaits) return this.sendAlone(queued);
      this.waiting.push(queued);
      if (this.running === 0 || this.waiting.length === WORTH_TWO_TRANSACTIONS) this.next();
    });
  }

  private next(): void {
    if (this.waiting.length === 0 || this.running >= MOST_TRANSACTIONS) return;
    this.running += 1;
    void this.send(this.take()).finally(() => {
      // A driver that is synchronous would send one transaction after the other, and nothing else would have its turn.
      afterTurn(() => {
        this.running -= 1;
        this.next();
      });
    });
  }

  /** Removes and returns those that have waited longest, as many as a transaction may have. */
  private take(): QueuedStatement[] {
    const longest = this.waiting.slice(0, MOST_STATEMENTS);
    const [taken = []] = chunksOf(longest, lengthOf);
    this.waiting = this.waiting.slice(taken.length);
    return taken.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  }

  private async send(group: readonly QueuedStatement[]): Promise<void> {
    const statements = group.map(({ statement }) => statement);
    try {
      for (const { onSend } of group) onSend?.();
      const changed = await this.statements.each(statements, this.doing, PATIENCE_MS);
      for (const [index, { resolve }] of group.entries()) resolve(changed[index] === true);
    } catch (error) {
      if (this.isOfAll(error)) for (const { reject } of group) reject(error);
      // Not awaited: one of them may have to wait for long.
      else for (const one of group) this.sendAlone(one);
    }
  }

  private sendAlone({ statement, onSend, resolve, reject }: QueuedStatement): void {
    onSend?.();
    this.statements.touches(statement, this.doing).then(resolve, reject);
  }

  /** Whether an error concerns every statement of a group: each would fail in the same way, or may have been carried out. */
  private isOfAll(error: unknown): boolean {
    if (isUncertain(error) || !(error instanceof ConnectionsError)) return true;
    const { engine } = this.database;
    // The pool had no connection; or the lock is on the whole database.
    return (
      error.cause === undefined || (engine.dialect.rowLock === '' && engine.failure(error.cause) === 'busy')
    );
  }
}

function lengthOf({ statement: { sql, parameters = [] } }: QueuedStatement): number {
  return sql.length + textLength(parameters);
}

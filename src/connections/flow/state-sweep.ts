/**
 * Deletes flows that were never completed, and the oldest of users who have begun many. It is done in the background when
 * another flow begins, some rows at a time, so that no flow and nothing else waits for it.
 */
import type { Dialect } from '../../database/dialect';
import type { Bind, RowValues, Statement } from '../../database/statement';
import type { TableStatements } from '../../database/table-statements';
import { isExactly, statement } from '../../database/table-statements';
import { nextTurn, pause } from '../../pauses';

const SWEEP_EVERY_MS = 60_000;

/** How long a flow may take; once it was taken, as long again. */
export const FLOW_LIFE_MS = 600_000;

/** Flows that one user may have open; with more, the oldest are deleted. */
const MOST_PER_USER = 20;

/** Rows that one statement deletes. */
const AT_A_TIME = 250;

/** After a deletion, the pause is this many times as long as it took: programs that poll for the lock of a file need gaps to get it. */
const PAUSE_FACTOR = 3;

const LONGEST_PAUSE_MS = 100;

/** Users queued to have their flows counted; for any beyond these, that happens when they begin their next flow. */
const MOST_WAITING = 1_000;

const doing = 'Deleting old authorizations';

export class StateSweep {
  private sweptAt = -Infinity;
  /** Users who have begun a flow since their flows were counted. */
  private readonly waiting = new Set<string>();
  private running: Promise<void> | undefined;
  private isClosing = false;

  /** @param path of the table, escaped, as `column` escapes the names of its columns */
  constructor(
    private readonly path: string,
    private readonly column: (property: string) => string,
    private readonly dialect: Dialect,
    private readonly statements: TableStatements,
  ) {}

  /** Begins to delete what is too old or too much. */
  afterOneOf(userId: string): void {
    if (this.isClosing) return;
    if (this.waiting.size < MOST_WAITING) this.waiting.add(userId);
    this.running ??= this.run();
  }

  /** Waits for the statement that is under way, and begins no other. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      while (this.waiting.size > 0) {
        // Users who come meanwhile have their turn after what has expired.
        const users = Array.from(this.waiting);
        for (const userId of users) {
          this.waiting.delete(userId);
          await this.deleteWhile(() => this.oldestOf(userId));
        }
        await this.deleteExpired();
      }
    } catch {
      // The next flow tries again.
      this.waiting.clear();
    } finally {
      this.running = undefined;
    }
  }

  private async deleteExpired(): Promise<void> {
    const now = performance.now();
    if (now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    const ago = [0, -FLOW_LIFE_MS].map((milliseconds) => this.dialect.instantFromNow(milliseconds));
    const [instants = []] = await this.read({ sql: `SELECT ${ago.join(', ')}` });
    const [isOver, isOverForLong] = instants as readonly string[];
    const expiresAt = this.column('expiresAt');
    // One that was taken lives for longer, as its exchange may take its time.
    const isLeft = (value: Bind) =>
      `(${this.column('grantId')} IS NULL OR ${expiresAt} <= ${value(isOverForLong)})`;
    let after = '';
    const expired = () =>
      statement(
        this.dialect,
        (value) =>
          `SELECT ${this.column('state')}, ${expiresAt} FROM ${this.path} WHERE ${expiresAt} >= ${value(after)} ` +
          `AND ${expiresAt} <= ${value(isOver)} AND ${isLeft(value)} ORDER BY ${expiresAt} LIMIT ${AT_A_TIME}`,
      );
    await this.deleteWhile(expired, isLeft, (last) => {
      // Databases keep what was deleted for a while, and would pass over it each time.
      after = last[1] as string;
    });
  }

  private oldestOf(userId: string): Statement {
    const column = this.column('userId');
    const newestFirst = `${this.column('expiresAt')} DESC, ${this.column('state')}`;
    return statement(
      this.dialect,
      (value) =>
        `SELECT ${this.column('state')} FROM ${this.path} WHERE ${column} = ${value(userId)} ` +
        `AND ${isExactly(this.dialect, column, value(userId))} ` +
        `ORDER BY ${newestFirst} LIMIT ${AT_A_TIME} OFFSET ${MOST_PER_USER}`,
    );
  }

  /** Deletes what a SELECT finds, as long as it finds as much as it may. */
  private async deleteWhile(
    select: () => Statement,
    isLeft?: (value: Bind) => string,
    onPage?: (last: RowValues) => void,
  ): Promise<void> {
    for (let isMore = true; isMore;) {
      const page = await this.read(select());
      const last = page.at(-1);
      isMore = page.length === AT_A_TIME;
      if (!last || this.isClosing) return;
      const began = performance.now();
      await this.statements.touches(this.deletion(page, isLeft), doing);
      onPage?.(last);
      if (isMore) await pause(Math.min(PAUSE_FACTOR * (performance.now() - began), LONGEST_PAUSE_MS));
    }
  }

  private deletion(page: readonly RowValues[], isLeft?: (value: Bind) => string): Statement {
    const states = page.map(([state]) => state as string);
    return statement(this.dialect, (value) => {
      const conditions = [this.dialect.among(this.column('state'), states, value)];
      if (isLeft) conditions.push(isLeft(value));
      return `DELETE FROM ${this.path} WHERE ${conditions.join(' AND ')}`;
    });
  }

  /** Lets everything else have its turn first. */
  private async read(select: Statement): Promise<readonly RowValues[]> {
    await nextTurn();
    return this.isClosing ? [] : this.statements.rows(select, doing);
  }
}

/** Deletes flows that were never completed, and the oldest of users who have begun many, when another flow begins. */
import type { Dialect } from '../database/dialect';
import type { Statement } from '../database/statement';
import type { TableStatements } from '../database/table-statements';
import { isExactly, statement } from '../database/table-statements';

const SWEEP_EVERY_MS = 60_000;
/** How long a flow may take; once it was taken, as long again. */
export const FLOW_LIFE_MS = 600_000;
/** Flows that one user may have open; with more, the oldest are deleted. */
const MOST_PER_USER = 20;

export class StateSweep {
  private sweptAt = 0;
  /** How many flows each user has begun in this process since the last sweep. */
  private readonly begun = new Map<string, number>();

  /** @param path of the table, escaped, as `column` escapes the names of its columns */
  constructor(
    private readonly path: string,
    private readonly column: (property: string) => string,
    private readonly dialect: Dialect,
    private readonly statements: TableStatements,
  ) {}

  /** Sweeps at most once a minute, and a user's own flows whenever that user has begun many in this process. */
  async afterOneOf(userId: string): Promise<void> {
    const begun = (this.begun.get(userId) ?? 0) + 1;
    this.begun.set(userId, begun);
    await this.sweep();
    if (begun > MOST_PER_USER) await this.deleteOldestOf(userId);
  }

  private async sweep(): Promise<void> {
    const now = performance.now();
    if (this.sweptAt !== 0 && now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    this.begun.clear();
    const isOver = (since: number) => `${this.column('expiresAt')} <= ${this.dialect.instantFromNow(-since)}`;
    // One that was taken lives for longer, as its exchange may take its time.
    const isLeft = `(${this.column('grantId')} IS NULL OR ${isOver(FLOW_LIFE_MS)})`;
    await this.deleted({ sql: `DELETE FROM ${this.path} WHERE ${isOver(0)} AND ${isLeft}` });
    const eachUser = `PARTITION BY ${this.dialect.exactText(this.column('userId'))} `;
    await this.deleted({ sql: `DELETE FROM ${this.path} WHERE ${this.isBeyondTheNewest(eachUser)}` });
  }

  private async deleteOldestOf(userId: string): Promise<void> {
    const deletion = statement(this.dialect, (value) => {
      const ofUser = () => isExactly(this.dialect, this.column('userId'), value(userId));
      const newest = this.isBeyondTheNewest('', `WHERE ${ofUser()}`);
      return `DELETE FROM ${this.path} WHERE ${newest} AND ${ofUser()}`;
    });
    await this.deleted(deletion);
  }

  /** Two levels deep, since MariaDB does not read the table that it deletes from. */
  private isBeyondTheNewest(partition: string, where = ''): string {
    const [state, expiresAt] = [this.column('state'), this.column('expiresAt')];
    const place = `ROW_NUMBER() OVER (${partition}ORDER BY ${expiresAt} DESC) AS place`;
    const ranked = `(SELECT ${state}, ${place} FROM ${this.path} ${where}) ranked`;
    return `${state} IN (SELECT ${state} FROM ${ranked} WHERE place > ${MOST_PER_USER})`;
  }

  /** A flow does not fail because others could not be deleted. */
  private async deleted(deletion: Statement): Promise<void> {
    await this.statements.touches(deletion, 'Deleting old authorizations').catch(() => undefined);
  }
}

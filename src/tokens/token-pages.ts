/**
 * What jobs over many rows read and write. A page of rows is written in one transaction, which holds the locks of all its rows: in
 * the order of ids, so that two never wait for each other in a circle, and with little patience for a row that is locked, since a
 * refresh may be waiting for another one of them. Each statement is sent for its page alone, and shares no transaction with others.
 */
import type { Database } from '../database/engine';
import { PATIENCE_MS } from '../database/group-commit';
import type { RowValues, Statement } from '../database/statement';
import { TableStatements } from '../database/table-statements';
import type { AccountRef } from './account-ref';
import type { DueQuery } from './token-reads';
import { TokenReads } from './token-reads';
import type { DueToken, RevocableToken, SealedToken } from './token-row';
import { dueShape, revocableShape, sealedShape } from './token-row';
import type { NewRow } from './token-writes';
import { TokenWrites } from './token-writes';

/** The same tokens, encrypted in another way. */
export interface Rewrite {
  readonly seen: SealedToken;
  readonly changes: Readonly<Record<string, string | null>>;
}

/** Rows of a page: as many as one transaction may hold without keeping others waiting. */
const PAGE = 100;

export class TokenPages {
  private readonly reads: TokenReads;
  private readonly writes: TokenWrites;
  private readonly statements: TableStatements;

  constructor(database: Database) {
    this.reads = new TokenReads(database);
    this.writes = new TokenWrites(database);
    this.statements = new TableStatements(database);
  }

  /**
   * Pages of rows in the order of ids, of those accounts that have these parts.
   * @param where compared byte for byte, whatever the collation of a column
   */
  async *pages(where: Readonly<Partial<AccountRef>>): AsyncGenerator<readonly SealedToken[]> {
    const parts = Object.entries(where) as [keyof AccountRef, string][];
    let after = '';
    for (;;) {
      const read = await this.statements.rows(this.reads.page(where, after, PAGE), READING);
      const page = read.map((values) => sealedShape.row(values));
      yield page.filter((row) => parts.every(([name, value]) => row[name] === value));
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      after = last.id;
    }
  }

  /** Some rows of a user, to be encrypted again; none where there are none. */
  async someSealedOf(userId: string): Promise<readonly SealedToken[]> {
    const read = await this.statements.read(this.reads.someOf(sealedShape, userId, PAGE), READING);
    return read.map((values) => sealedShape.row(values));
  }

  /** Some rows of a user, to be deleted; none where there are none. */
  async someOf(userId: string): Promise<readonly RevocableToken[]> {
    return revocable(await this.statements.read(this.reads.someOf(revocableShape, userId, PAGE), READING));
  }

  /** Rows that can be refreshed, are not being refreshed, and will have expired in time; the first to expire first. */
  async due(query: DueQuery, limit: number): Promise<readonly DueToken[]> {
    const rows = await this.statements.rows(this.reads.due(query, limit), READING);
    return rows.map((values) => dueShape.row(values));
  }

  /** The ids of those rows that can still be refreshed, are not being refreshed, and will have expired in time. */
  async stillDue(ids: readonly string[], at: string): Promise<ReadonlySet<unknown>> {
    const rows = await this.statements.rows(this.reads.stillDue(ids, at), READING);
    return new Set(rows.map(([id]) => id));
  }

  /**
   * Rewrites many rows, each as `TokenRows.rewrite` does, in one transaction, which fails soon when one of them is locked.
   * @param also statements that are part of it
   * @returns whether each was rewritten, or `taken`; then nothing was written
   */
  async rewriteAll(
    rewrites: readonly Rewrite[],
    also: readonly Statement[] = [],
  ): Promise<readonly boolean[] | 'taken'> {
    const ordered = rewrites.toSorted((one, other) => byId(one.seen, other.seen));
    const statements = ordered.map(({ seen, changes }) => this.writes.rewrite(seen, changes));
    const waitMs = rewrites.length > 0 ? PATIENCE_MS : undefined;
    const done = await this.statements.eachUnlessTaken([...also, ...statements], WRITING, waitMs);
    if (done === 'taken') return done;
    const rewritten = new Set(ordered.filter((_one, index) => done[also.length + index]));
    return rewrites.map((one) => rewritten.has(one));
  }

  /**
   * Writes the tokens of accounts that have no row, in one transaction.
   * @returns false when there is a row for one of them; then nothing was written
   */
  async insertAll(rows: readonly NewRow[]): Promise<boolean> {
    const inserts = this.writes.insertAll(rows, new Date().toISOString());
    return (await this.statements.all(inserts, WRITING)) !== 'taken';
  }

  /**
   * Deletes the tokens that were read, in one transaction. Where there are several, it fails soon when one of them is locked.
   * @param also statements that are part of it
   * @returns for each false when it has gone, or has other tokens now
   */
  async deleteAll(
    seen: readonly RevocableToken[],
    also: readonly Statement[] = [],
  ): Promise<readonly boolean[]> {
    const { statements, waitMs, deletedBy } = this.deletion(seen, also);
    return deletedBy(await this.statements.each(statements, DELETING, waitMs));
  }

  /**
   * Does `deleteAll`, then `someOf` in the same transaction: when `also` ends the flows of the user, the read finds what they brought
   * before, and none brings anything afterwards.
   */
  async deleteAllThenRead(
    seen: readonly RevocableToken[],
    also: readonly Statement[],
    userId: string,
  ): Promise<{ readonly deleted: readonly boolean[]; readonly left: readonly RevocableToken[] }> {
    const { statements, waitMs, deletedBy } = this.deletion(seen, also);
    const look = this.reads.someOf(revocableShape, userId, PAGE);
    const { changed, rows } = await this.statements.eachThenRead(statements, look, DELETING, waitMs);
    return { deleted: deletedBy(changed), left: revocable(rows) };
  }

  private deletion(seen: readonly RevocableToken[], also: readonly Statement[]) {
    const ordered = seen.toSorted(byId);
    return {
      statements: [...also, ...ordered.map((row) => this.writes.delete(row))],
      waitMs: seen.length > 1 ? PATIENCE_MS : undefined,
      deletedBy: (changed: readonly boolean[]): readonly boolean[] => {
        const deleted = new Set(ordered.filter((_row, index) => changed[also.length + index]));
        return seen.map((row) => deleted.has(row));
      },
    };
  }
}

const READING = 'Reading tokens';
const WRITING = 'Writing tokens';
const DELETING = 'Deleting tokens';

const revocable = (read: readonly RowValues[]) => read.map((values) => revocableShape.row(values));

function byId(one: Pick<SealedToken, 'id'>, other: Pick<SealedToken, 'id'>): number {
  return one.id < other.id ? -1 : 1;
}

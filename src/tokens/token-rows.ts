/**
 * The rows of tokens in the database. Each write is a single statement on a connection of its own, so that a host's
 * rollback cannot undo it; reads that arrive together share a query.
 */
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Engine } from '../database/engine';
import { Lookup } from '../database/lookup';
import type { RowValues } from '../database/rows';
import { valuesOf } from '../database/rows';
import type { Statement, StatementOptions } from '../database/script';
import { TableStatements } from '../database/table-statements';
import type { ReauthorizationReason } from '../error-codes';
import { ConnectionsError, quote } from '../errors';
import type { AccountRef } from './account-ref';
import type { ServedToken, StoredToken, TokenValues } from './token-row';
import { keyColumns, served, servedToken, stored, storedToken } from './token-row';
import { TokenTable } from './token-table';

export class TokenRows {
  private readonly table: TokenTable;
  private readonly statements: TableStatements;
  private readonly served: Lookup;
  private readonly stored: Lookup;
  private readonly byUser: Lookup;
  private readonly byId: Lookup;

  /** @param dataSource one on which the host has no transaction open */
  constructor(dataSource: DataSource, engine: Engine, options: StatementOptions) {
    this.statements = new TableStatements(dataSource, engine, options);
    this.table = new TokenTable(dataSource, engine);
    const lookup = (shape: typeof served | typeof stored, key: readonly string[]) =>
      new Lookup(dataSource, engine, this.table.lookup(shape, key, options.isPrepared), options.timeoutMs);
    this.served = lookup(served, keyColumns);
    this.stored = lookup(stored, keyColumns);
    this.byUser = lookup(stored, ['userId']);
    this.byId = lookup(stored, ['id']);
  }

  /** The columns that serving an access token needs. */
  async readServed({ userId, connectionName, account }: AccountRef): Promise<ServedToken | null> {
    const [row] = await this.served.find([userId, connectionName, account]);
    return row ? servedToken(row) : null;
  }

  async read({ userId, connectionName, account }: AccountRef): Promise<StoredToken | null> {
    const [row] = await this.stored.find([userId, connectionName, account]);
    return row ? storedToken(row) : null;
  }

  async readOf(userId: string): Promise<readonly StoredToken[]> {
    return (await this.byUser.find([userId])).map(afterKey);
  }

  async readById(id: string): Promise<StoredToken | null> {
    const [row] = await this.byId.find([id]);
    return row ? afterKey(row) : null;
  }

  /**
   * Pages of rows in the order of ids, of those accounts that have these parts.
   * @param where compared byte for byte, whatever the collation of a column
   */
  async *pages(where: Readonly<Partial<AccountRef>>, size: number): AsyncGenerator<StoredToken[]> {
    const parts = Object.entries(where) as [keyof AccountRef, string][];
    let after = '';
    for (;;) {
      const page = await this.select(this.table.page(where, after, size, stored));
      yield page.filter((row) => parts.every(([name, value]) => row[name] === value));
      const last = page.at(-1);
      if (!last || page.length < size) return;
      after = last.id;
    }
  }

  /** Pages of rows that can be refreshed and will have expired at that instant, the first to expire first. */
  async *expiring(at: string, size: number): AsyncGenerator<StoredToken[]> {
    let after: StoredToken | null = null;
    for (;;) {
      const page: StoredToken[] = await this.select(this.table.expiring(at, after, size, stored));
      yield page;
      after = page.at(-1) ?? null;
      if (!after || page.length < size) return;
    }
  }

  /** @returns whether this process now owns the next generation, for as long as the lease lasts */
  async claim(seen: StoredToken, leaseMs: number): Promise<boolean> {
    return this.touches(this.table.claim(seen, leaseMs));
  }

  /** @returns the row as it is now when it was rewritten meanwhile: the values may be encrypted for another key */
  async save(
    seen: StoredToken,
    claimed: number,
    values: TokenValues,
  ): Promise<'saved' | 'superseded' | 'gone' | StoredToken> {
    if (await this.touches(this.table.save(seen, claimed, values, now()))) return 'saved';
    const current = await this.readById(seen.id);
    if (!current) return 'gone';
    return current.generation >= claimed ? 'superseded' : current;
  }

  async release(seen: StoredToken, claimed: number): Promise<void> {
    await this.touches(this.table.release(seen.id, claimed));
  }

  /** @returns false when another process saved or claimed meanwhile */
  async mark(seen: StoredToken, claimed: number, reason: ReauthorizationReason): Promise<boolean> {
    return this.touches(this.table.mark(seen, claimed, reason, now()));
  }

  /**
   * The same tokens with another key of the cipher, for another user or another connection.
   * @returns `changed` when the row is no longer as it was read, or is being refreshed; `taken` when that account has a
   * row already
   */
  async rewrite(
    seen: StoredToken,
    changes: Readonly<Record<string, string | null>>,
  ): Promise<'rewritten' | 'changed' | 'taken'> {
    const result = await this.unlessTaken(this.table.rewrite(seen, changes));
    return result === 'taken' ? result : result ? 'rewritten' : 'changed';
  }

  /** Tokens that a user has just authorized: replaces those that are there, even while they are being refreshed. */
  async put(ref: AccountRef, values: TokenValues): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if ((await this.unlessTaken(this.table.insert(randomUUID(), ref, values, now()))) === true) return;
      const current = await this.read(ref);
      if (current && (await this.touches(this.table.replace(current, values, now())))) return;
    }
    throw new ConnectionsError(
      'account_taken',
      `The tokens of connection ${quote(ref.connectionName)} could not be stored: the unique key of the table mistakes this ` +
        'user, connection or account for another. One of its columns compares without regard to case or accents, because ' +
        'a foreign key of yours keeps its collation; change it to a binary collation.',
      { connectionName: ref.connectionName, account: ref.account },
    );
  }

  /** @returns false when it has gone, or has other tokens now */
  async delete(seen: StoredToken): Promise<boolean> {
    return this.touches(this.table.delete(seen));
  }

  private async select(statement: Statement): Promise<StoredToken[]> {
    return valuesOf(await this.statements.rows(statement, 'Reading tokens')).map(storedToken);
  }

  private touches(statement: Statement): Promise<boolean> {
    return this.statements.touches(statement, 'Writing tokens');
  }

  private unlessTaken(statement: Statement): Promise<boolean | 'taken'> {
    return this.statements.touchesUnlessTaken(statement, 'Writing tokens');
  }
}

/** Another process may insert or delete the row between two attempts, but not every time. */
const MAX_ATTEMPTS = 5;

const now = () => new Date().toISOString();

const afterKey = (values: RowValues) => storedToken(values.slice(1));

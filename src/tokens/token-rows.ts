/**
 * The rows of tokens in the database. Each write is a statement of its own on a connection of its own, so that a host's
 * rollback takes no token with it.
 */
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Engine } from '../database/engine';
import type { Statement } from '../database/script';
import { ConnectionsError, quote } from '../errors';
import type { TokenKey } from './token-key';
import { keyText } from './token-key';
import type { StoredToken, TokenValues } from './token-table';
import { TokenTable } from './token-table';

export class TokenRows {
  private readonly table: TokenTable;

  /**
   * @param dataSource one on which the host has no transaction open
   * @param timeoutMs how long a statement may wait for another program's lock
   * @param now for `created_at` and `updated_at`
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
    private readonly timeoutMs: number,
    private readonly now: () => string,
  ) {
    this.table = new TokenTable(dataSource, engine);
  }

  async read(key: TokenKey): Promise<StoredToken | null> {
    const rows = await this.query(this.table.read(key));
    return rows.map(storedToken).find((row) => keyText(row) === keyText(key)) ?? null;
  }

  async readOf(userId: string): Promise<readonly StoredToken[]> {
    const rows = await this.query(this.table.readOf(userId));
    return rows.map(storedToken).filter((row) => row.userId === userId);
  }

  /** @returns whether this process now owns the next generation, for as long as the lease lasts */
  async claim(seen: StoredToken, leaseMs: number): Promise<boolean> {
    return this.touches(this.table.claim(seen, leaseMs));
  }

  async save(
    seen: StoredToken,
    claimed: number,
    values: TokenValues,
  ): Promise<'saved' | 'superseded' | 'gone'> {
    if (await this.touches(this.table.save(seen.id, claimed, values, this.now()))) return 'saved';
    const current = await this.read(seen);
    return current?.id === seen.id ? 'superseded' : 'gone';
  }

  async release(seen: StoredToken, claimed: number): Promise<void> {
    await this.touches(this.table.release(seen.id, claimed));
  }

  /** @returns false when somebody saved or claimed meanwhile */
  async mark(seen: StoredToken, claimed: number, reason: string): Promise<boolean> {
    return this.touches(this.table.mark(seen, claimed, reason, this.now()));
  }

  /** Tokens that a user has just authorized: over those that are there, whoever is about to refresh them. */
  async put(key: TokenKey, values: TokenValues): Promise<void> {
    for (let attempt = 0; attempt < MAX_PUTS; attempt += 1) {
      const current = await this.read(key);
      if (current) {
        if (await this.touches(this.table.replace(current.id, values, this.now()))) return;
      } else if (await this.inserts(this.table.insert(randomUUID(), key, values, this.now()))) return;
    }
    throw new ConnectionsError(
      'token_key_taken',
      `The tokens of connection ${quote(key.connectionName)} could not be put into the table: its unique key takes ` +
        'this user, connection or account for another one. A column that a foreign key of yours holds compares without ' +
        'case or accents; give it a byte-exact collation.',
    );
  }

  /** @returns whether it was there */
  async delete(seen: StoredToken): Promise<boolean> {
    return this.touches(this.table.delete(seen.id));
  }

  private async inserts(statement: Statement): Promise<boolean> {
    try {
      return await this.touches(statement);
    } catch (error) {
      if (this.engine.failure(error) === 'duplicate_key') return false;
      throw error;
    }
  }

  private touches(statement: Statement): Promise<boolean> {
    return this.engine.transact(
      this.dataSource,
      function* () {
        return (yield statement).affected > 0;
      },
      this.timeoutMs,
    );
  }

  private async query({ sql, parameters = [] }: Statement): Promise<Record<string, unknown>[]> {
    return this.dataSource.query(sql, [...parameters]);
  }
}

/** Inserted by another, deleted by a third: each can only happen so often. */
const MAX_PUTS = 5;

function storedToken(raw: Readonly<Record<string, unknown>>): StoredToken {
  return {
    ...(raw as unknown as StoredToken),
    generation: Number(raw['generation']),
    claimedGeneration: Number(raw['claimedGeneration']),
    isLeased: Number(raw['isLeased']) === 1,
  };
}

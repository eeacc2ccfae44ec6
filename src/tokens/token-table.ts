/**
 * The statements over the table of tokens, with the SQL names as the host's schema, prefix and naming strategy have
 * them. Every write is one conditional statement: what another process did in between makes it touch no row. Writes go
 * by id: a column that a host's foreign key holds may compare 'Ada' and 'ada' as one.
 */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { Engine } from '../database/engine';
import { columnName, escapedPath } from '../database/path';
import type { Statement } from '../database/script';
import { UserConnectionToken } from '../entities';
import type { TokenKey } from './token-key';

/**
 * What a save writes; the texts of tokens are encrypted. `undefined` keeps what the column has, but never over the tokens
 * of an earlier authorization: those are of another grant.
 */
export interface TokenValues {
  readonly accessTokenEncrypted: string;
  readonly refreshTokenEncrypted: string | null | undefined;
  readonly tokenType: string | null;
  readonly scopes: string | null;
  /** ISO-8601 UTC. */
  readonly expiresAt: string | null;
  readonly providerMetadata: string | null | undefined;
  readonly issuer: string | null | undefined;
  readonly configFingerprint: string | null;
}

/** A row as it is read. */
export interface StoredToken extends TokenKey {
  readonly id: string;
  readonly accessTokenEncrypted: string;
  readonly refreshTokenEncrypted: string | null;
  readonly tokenType: string | null;
  readonly scopes: string | null;
  readonly expiresAt: string | null;
  readonly providerMetadata: string | null;
  readonly generation: number;
  readonly claimedGeneration: number;
  readonly status: string;
  readonly statusReason: string | null;
  readonly issuer: string | null;
  readonly configFingerprint: string | null;
  /** Whether the latest claim still holds, by the database's clock. */
  readonly isLeased: boolean;
}

const readColumns = [
  'id',
  'userId',
  'connectionName',
  'account',
  'accessTokenEncrypted',
  'refreshTokenEncrypted',
  'tokenType',
  'scopes',
  'expiresAt',
  'providerMetadata',
  'generation',
  'claimedGeneration',
  'status',
  'statusReason',
  'issuer',
  'configFingerprint',
] as const;

const keyColumns = ['userId', 'connectionName', 'account'] as const;

export class TokenTable {
  private readonly path: string;
  private readonly selected: string;
  private readonly metadata: EntityMetadata;

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
  ) {
    this.metadata = dataSource.getMetadata(UserConnectionToken);
    this.path = escapedPath(dataSource, this.metadata.tablePath);
    const isLeased = `t.${this.column('leaseExpiresAt')} > ${engine.instantFromNow(0)}`;
    const columns = readColumns.map((name) => `t.${this.column(name)} AS ${dataSource.driver.escape(name)}`);
    const leased = `CASE WHEN ${isLeased} THEN 1 ELSE 0 END AS ${dataSource.driver.escape('isLeased')}`;
    this.selected = `SELECT ${[...columns, leased].join(', ')} FROM ${this.path} t`;
  }

  /** The row of a key, if there is one. */
  read(key: TokenKey): Statement {
    return this.statement((value) => `${this.selected} WHERE ${this.isKey(key, value)}`);
  }

  /** The rows of a user. */
  readOf(userId: string): Statement {
    return this.statement((value) => `${this.selected} WHERE ${this.column('userId')} = ${value(userId)}`);
  }

  /** Takes the next generation and a lease on it, if the row is as it was read and nobody holds one. */
  claim(seen: StoredToken, leaseMs: number): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('claimedGeneration')} = ${value(seen.claimedGeneration + 1)}, ` +
        `${this.column('leaseExpiresAt')} = ${this.engine.instantFromNow(leaseMs)} ` +
        `WHERE ${this.column('id')} = ${value(seen.id)} AND ${this.column('generation')} = ${value(seen.generation)} ` +
        `AND ${this.column('claimedGeneration')} = ${value(seen.claimedGeneration)} ` +
        `AND (${this.column('leaseExpiresAt')} IS NULL OR ${this.column('leaseExpiresAt')} <= ${this.engine.instantFromNow(0)})`,
    );
  }

  /** Saves the answer to a claim, unless a later one is saved. */
  save(id: string, claimed: number, values: TokenValues, at: string): Statement {
    const lease = this.column('leaseExpiresAt');
    return this.statement((value) => {
      const set = [
        ...this.assigned(values, at, value),
        `${lease} = CASE WHEN ${this.column('claimedGeneration')} = ${value(claimed)} THEN NULL ELSE ${lease} END`,
        `${this.column('generation')} = ${value(claimed)}`,
      ];
      return (
        `UPDATE ${this.path} SET ${set.join(', ')} ` +
        `WHERE ${this.column('id')} = ${value(id)} AND ${this.column('generation')} < ${value(claimed)}`
      );
    });
  }

  /** Puts new tokens over whatever a row has: a claim that is on its way comes too late for them. */
  replace(id: string, values: TokenValues, at: string): Statement {
    return this.statement((value) => {
      const claimed = this.column('claimedGeneration');
      // MariaDB assigns from left to right, and sees what it has assigned.
      const next = [
        `${this.column('generation')} = ${claimed} + 1`,
        `${claimed} = ${claimed} + 1`,
        `${this.column('leaseExpiresAt')} = NULL`,
      ];
      const assigned = [...next, ...this.assigned(withNulls(values), at, value)].join(', ');
      return `UPDATE ${this.path} SET ${assigned} WHERE ${this.column('id')} = ${value(id)}`;
    });
  }

  /** @param key exactly that: a row given for one would bring its id along */
  insert(
    id: string,
    { userId, connectionName, account }: TokenKey,
    values: TokenValues,
    at: string,
  ): Statement {
    const row: Readonly<Record<string, unknown>> = {
      id,
      userId,
      connectionName,
      account,
      ...withNulls(values),
      generation: 1,
      claimedGeneration: 1,
      status: 'active',
      createdAt: at,
      updatedAt: at,
    };
    const columns = Object.keys(row).map((name) => this.column(name));
    return this.statement(
      (value) =>
        `INSERT INTO ${this.path} (${columns.join(', ')}) VALUES (${Object.values(row).map(value).join(', ')})`,
    );
  }

  /** Ends the lease of a claim that came to nothing. */
  release(id: string, claimed: number): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('leaseExpiresAt')} = NULL ` +
        `WHERE ${this.column('id')} = ${value(id)} AND ${this.column('claimedGeneration')} = ${value(claimed)}`,
    );
  }

  /** Says that the user has to authorize again, if nothing was saved or claimed since. */
  mark(seen: StoredToken, claimed: number, reason: string, at: string): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('status')} = ${value('reauthorization_required')}, ` +
        `${this.column('statusReason')} = ${value(reason)}, ${this.column('leaseExpiresAt')} = NULL, ` +
        `${this.column('updatedAt')} = ${value(at)} WHERE ${this.column('id')} = ${value(seen.id)} ` +
        `AND ${this.column('generation')} = ${value(seen.generation)} ` +
        `AND ${this.column('claimedGeneration')} = ${value(claimed)}`,
    );
  }

  delete(id: string): Statement {
    return this.statement((value) => `DELETE FROM ${this.path} WHERE ${this.column('id')} = ${value(id)}`);
  }

  private assigned(values: TokenValues, at: string, value: (given: unknown) => string): string[] {
    const named = Object.entries({ ...values, status: 'active', statusReason: null, updatedAt: at });
    return named
      .filter(([, given]) => given !== undefined)
      .map(([name, given]) => `${this.column(name)} = ${value(given)}`);
  }

  private isKey(key: TokenKey, value: (given: unknown) => string): string {
    return keyColumns.map((name) => `${this.column(name)} = ${value(key[name])}`).join(' AND ');
  }

  private column(property: string): string {
    return this.dataSource.driver.escape(columnName(this.metadata, property));
  }

  /** Each value becomes a parameter, in the order in which the text asks: that has to be the order of the text. */
  private statement(text: (value: (given: unknown) => string) => string): Statement {
    const parameters: unknown[] = [];
    const sql = text((given) => this.engine.placeholder(parameters.push(given)));
    return { sql, parameters };
  }
}

function withNulls(values: TokenValues): TokenValues {
  return {
    ...values,
    refreshTokenEncrypted: values.refreshTokenEncrypted ?? null,
    providerMetadata: values.providerMetadata ?? null,
    issuer: values.issuer ?? null,
  };
}

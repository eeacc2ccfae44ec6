/**
 * The statements over the table of tokens, with the SQL names as the host's schema, prefix and naming strategy have
 * them. Every write is one conditional statement: what another process did in between makes it touch no row. Writes go
 * by id: a column that a host's foreign key holds may compare 'Ada' and 'ada' as one.
 */
import type { DataSource } from 'typeorm';
import type { Engine } from '../database/engine';
import type { LookupQuery } from '../database/lookup';
import { escapedColumns, escapedPath } from '../database/path';
import type { Statement } from '../database/script';
import { statement } from '../database/table-statements';
import { UserConnectionToken } from '../entities';
import type { ReauthorizationReason } from '../error-codes';
import type { AccountRef } from './account-ref';
import { MAX_LEASE_MS } from './lease';
import type { Grant, StoredToken, TokenValues, served, stored } from './token-row';
import { keyColumns, statusOf } from './token-row';

export class TokenTable {
  private readonly path: string;
  private readonly column: (property: string) => string;
  private readonly insertion: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
  ) {
    const metadata = dataSource.getMetadata(UserConnectionToken);
    this.path = escapedPath(dataSource, metadata.tablePath);
    this.column = escapedColumns(dataSource, metadata);
    const names = inserted.map(this.column);
    this.insertion = this.statement(
      (value) => `INSERT INTO ${this.path} (${names.join(', ')}) VALUES (${inserted.map(value).join(', ')})`,
    ).sql;
  }

  /** Rows by some of their columns; the values of a row begin with those, and go on as `shape` says. */
  lookup(shape: typeof served | typeof stored, key: readonly string[], isPrepared: boolean): LookupQuery {
    return {
      select: this.select(shape, keyColumns.every((column) => key.includes(column)) ? [] : key),
      key: key.map((column) => `t.${this.column(column)}`),
      isPrepared,
    };
  }

  /** @returns the rows after one id, in the order of ids */
  page(where: Readonly<Partial<AccountRef>>, after: string, limit: number, shape: typeof stored): Statement {
    return this.statement((value) => {
      const conditions = Object.entries(where).map(
        ([name, given]) => `t.${this.column(name)} = ${value(given)}`,
      );
      conditions.push(`t.${this.column('id')} > ${value(after)}`);
      return `${this.select(shape)} WHERE ${conditions.join(' AND ')} ORDER BY t.${this.column('id')} LIMIT ${limit}`;
    });
  }

  /**
   * Rows that can be refreshed, are not being refreshed, and will have expired at that instant; the first to expire first.
   * @param after the last of the page before
   */
  expiring(
    at: string,
    after: Pick<StoredToken, 'expiresAt' | 'id'> | null,
    limit: number,
    shape: typeof stored,
  ): Statement {
    const expiresAt = `t.${this.column('expiresAt')}`;
    const id = `t.${this.column('id')}`;
    return this.statement((value) => {
      const later = after
        ? ` AND (${expiresAt} > ${value(after.expiresAt)} OR (${expiresAt} = ${value(after.expiresAt)} AND ${id} > ${value(after.id)}))`
        : '';
      return (
        `${this.select(shape)} WHERE t.${this.column('status')} = 'active' ` +
        `AND t.${this.column('refreshTokenEncrypted')} IS NOT NULL AND ${this.unleased('t.')}${later} ` +
        `AND ${expiresAt} <= ${value(at)} ORDER BY ${expiresAt}, ${id} LIMIT ${limit}`
      );
    });
  }

  /** Takes the next generation and a lease on it, if the row is as it was read and has no lease. */
  claim(seen: StoredToken, leaseMs: number): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('claimedGeneration')} = ${value(seen.claimedGeneration + 1)}, ` +
        `${this.column('leaseExpiresAt')} = ${this.engine.instantFromNow(leaseMs)} ` +
        `WHERE ${this.column('id')} = ${value(seen.id)} AND ${this.column('generation')} = ${value(seen.generation)} ` +
        `AND ${this.column('claimedGeneration')} = ${value(seen.claimedGeneration)} ` +
        `AND ${this.unleased()}`,
    );
  }

  /** Saves the answer to a claim, unless a later one is saved or the tokens there are not those that were read. */
  save(seen: StoredToken, claimed: number, values: TokenValues, at: string): Statement {
    const lease = this.column('leaseExpiresAt');
    return this.statement((value) => {
      const set = [
        ...this.assigned({ ...values, ...afterSave(values, at) }, value),
        `${lease} = CASE WHEN ${this.column('claimedGeneration')} = ${value(claimed)} THEN NULL ELSE ${lease} END`,
        `${this.column('generation')} = ${value(claimed)}`,
      ];
      return (
        `UPDATE ${this.path} SET ${set.join(', ')} ` +
        `WHERE ${this.column('id')} = ${value(seen.id)} AND ${this.column('generation')} < ${value(claimed)} ` +
        `AND ${this.column('accessTokenEncrypted')} = ${value(seen.accessTokenEncrypted)}`
      );
    });
  }

  /** Writes the same tokens encrypted in another way, if the row is as it was read and has no lease. */
  rewrite(seen: StoredToken, changes: Readonly<Record<string, string | null>>): Statement {
    return this.statement((value) => {
      const set = this.assigned(changes, value).join(', ');
      return `UPDATE ${this.path} SET ${set} WHERE ${this.isAsRead(seen, value)} AND ${this.unleased()}`;
    });
  }

  /** Puts new tokens over those that were read: a claim that is on its way comes too late for them. */
  replace(seen: StoredToken, values: TokenValues, grant: Grant, at: string): Statement {
    return this.statement((value) => {
      const claimed = this.column('claimedGeneration');
      // MariaDB assigns from left to right, and sees what it has assigned.
      const next = [
        `${this.column('generation')} = ${claimed} + 1`,
        `${claimed} = ${claimed} + 1`,
        `${this.column('leaseExpiresAt')} = NULL`,
      ];
      const assigned = [
        ...next,
        ...this.assigned({ ...withNulls(values), ...ofGrant(grant), ...afterSave(values, at) }, value),
      ].join(', ');
      return `UPDATE ${this.path} SET ${assigned} WHERE ${this.isAsRead(seen, value)}`;
    });
  }

  insert(
    id: string,
    { userId, connectionName, account }: AccountRef,
    values: TokenValues,
    grant: Grant,
    at: string,
  ): Statement {
    const row: Readonly<Record<(typeof inserted)[number], unknown>> = {
      id,
      userId,
      connectionName,
      account,
      ...values,
      ...ofGrant(grant),
      ...afterSave(values, at),
      generation: 1,
      claimedGeneration: 1,
      createdAt: at,
    };
    return { sql: this.insertion, parameters: inserted.map((name) => row[name] ?? null) };
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
  mark(seen: StoredToken, claimed: number, reason: ReauthorizationReason, at: string): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('status')} = ${value('reauthorization_required')}, ` +
        `${this.column('statusReason')} = ${value(reason)}, ${this.column('leaseExpiresAt')} = NULL, ` +
        `${this.column('updatedAt')} = ${value(at)} WHERE ${this.column('id')} = ${value(seen.id)} ` +
        `AND ${this.column('generation')} = ${value(seen.generation)} ` +
        `AND ${this.column('claimedGeneration')} = ${value(claimed)}`,
    );
  }

  /** Deletes the tokens that were read, and no later ones. */
  delete(seen: StoredToken): Statement {
    return this.statement((value) => `DELETE FROM ${this.path} WHERE ${this.isAsRead(seen, value)}`);
  }

  private select(shape: typeof served | typeof stored, first: readonly string[] = []): string {
    const flags = {
      hasRefreshToken: `t.${this.column('refreshTokenEncrypted')} IS NOT NULL`,
      isLeased: this.leased('t.'),
      isReleased: `t.${this.column('leaseExpiresAt')} IS NULL`,
    };
    const escape = (name: string) => this.dataSource.driver.escape(name);
    const columns = [
      ...first.map((name, index) => `t.${this.column(name)} AS ${escape(`key${index}`)}`),
      ...shape.columns.map((name) => `t.${this.column(name)} AS ${escape(name)}`),
      ...shape.flags.map((name) => `CASE WHEN ${flags[name]} THEN 1 ELSE 0 END AS ${escape(name)}`),
    ];
    return `SELECT ${columns.join(', ')} FROM ${this.path} t`;
  }

  private isAsRead(seen: StoredToken, value: (given: unknown) => string): string {
    return (
      `${this.column('id')} = ${value(seen.id)} AND ${this.column('generation')} = ${value(seen.generation)} ` +
      `AND ${this.column('accessTokenEncrypted')} = ${value(seen.accessTokenEncrypted)}`
    );
  }

  private unleased(alias = ''): string {
    return `(${alias}${this.column('leaseExpiresAt')} IS NULL OR NOT ${this.leased(alias)})`;
  }

  /** A lease that ends later than one can was given before the clock was set back, and is over. */
  private leased(alias: string): string {
    const lease = `${alias}${this.column('leaseExpiresAt')}`;
    const { instantFromNow } = this.engine;
    return `(${lease} > ${instantFromNow(0)} AND ${lease} <= ${instantFromNow(MAX_LEASE_MS)})`;
  }

  private assigned(values: object, value: (given: unknown) => string): string[] {
    return Object.entries(values)
      .filter(([, given]) => given !== undefined)
      .map(([name, given]) => `${this.column(name)} = ${value(given)}`);
  }

  private statement(text: (value: (given: unknown) => string) => string): Statement {
    return statement(this.engine, text);
  }
}

/** What a new row says; its lease stays NULL. */
const inserted = [
  'id',
  ...keyColumns,
  'accessTokenEncrypted',
  'refreshTokenEncrypted',
  'tokenType',
  'scopes',
  'expiresAt',
  'providerMetadata',
  'issuer',
  'configFingerprint',
  'grantId',
  'grantedAt',
  'generation',
  'claimedGeneration',
  'status',
  'statusReason',
  'createdAt',
  'updatedAt',
] as const;

function afterSave(values: TokenValues, at: string) {
  return { status: statusOf(values), updatedAt: at };
}

function ofGrant({ id, at }: Grant) {
  return { grantId: id, grantedAt: at };
}

function withNulls(values: TokenValues): TokenValues {
  return {
    ...values,
    refreshTokenEncrypted: values.refreshTokenEncrypted ?? null,
    providerMetadata: values.providerMetadata ?? null,
    issuer: values.issuer ?? null,
  };
}

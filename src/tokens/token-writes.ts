/**
 * The statements that write rows of tokens. Each is conditional: what another process did in between makes it touch no row.
 * They go by id: a column that a host's foreign key holds may compare 'Ada' and 'ada' as one. docs/proof.md says what their
 * conditions are for.
 */
import { randomUUID } from 'node:crypto';
import type { Bind, Statement } from '../database/statement';
import type { AccountRef } from './account-ref';
import { nextClaim } from './refresh-protocol';
import type { Grant, RevocableToken, SaveOptions, SealedToken, StoredToken, TokenValues } from './token-row';
import { keyProperties, statusOf } from './token-row';
import { TokenTable } from './token-table';

export class TokenWrites extends TokenTable {
  private readonly insertion = this.statement((value) => {
    const names = inserted.map((name) => this.column(name));
    return `INSERT INTO ${this.path} (${names.join(', ')}) VALUES (${inserted.map(value).join(', ')})`;
  }).sql;

  private readonly deletion = this.statement(
    (value) =>
      `DELETE FROM ${this.path} WHERE ${this.isAsRead({ id: '', generation: 0, accessTokenEncrypted: '' }, value)}`,
  ).sql;

  /** Takes the next generation and a lease on it, if the row is as it was read and has no lease. */
  claim(seen: StoredToken, leaseMs: number): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('claimedGeneration')} = ${value(nextClaim(seen))}, ` +
        `${this.column('leaseExpiresAt')} = ${this.dialect.instantFromNow(leaseMs)} ` +
        `WHERE ${this.column('id')} = ${value(seen.id)} AND ${this.column('generation')} = ${value(seen.generation)} ` +
        `AND ${this.column('claimedGeneration')} = ${value(seen.claimedGeneration)} ` +
        `AND ${this.unleased()}`,
    );
  }

  /** Saves the answer to a claim, unless a later one is saved or the tokens there are not those that were read. */
  save(
    seen: StoredToken,
    claimed: number,
    values: TokenValues,
    { at, isAfterRejection }: SaveOptions,
  ): Statement {
    const lease = this.column('leaseExpiresAt');
    const generation = this.column('generation');
    const rejectedGeneration = isAfterRejection ? seen.generation : null;
    return this.statement((value) => {
      const set = [
        ...this.assignments({ ...values, ...afterSave(values, at), rejectedGeneration }, value),
        `${lease} = CASE WHEN ${this.column('claimedGeneration')} = ${value(claimed)} THEN NULL ELSE ${lease} END`,
        `${generation} = ${value(claimed)}`,
      ];
      return (
        `UPDATE ${this.path} SET ${set.join(', ')} ` +
        `WHERE ${this.column('id')} = ${value(seen.id)} AND ${generation} < ${value(claimed)} ` +
        `AND ${this.column('accessTokenEncrypted')} = ${value(seen.accessTokenEncrypted)}`
      );
    });
  }

  /** Writes the same tokens encrypted in another way, if the row is as it was read and has no lease. */
  rewrite(seen: SealedToken, changes: Readonly<Record<string, string | null>>): Statement {
    return this.statement((value) => {
      const set = this.assignments(changes, value).join(', ');
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
      const set = [
        ...next,
        ...this.assignments(
          { ...withNulls(values), ...ofGrant(grant), ...afterSave(values, at), ...unrejected },
          value,
        ),
      ].join(', ');
      return `UPDATE ${this.path} SET ${set} WHERE ${this.isAsRead(seen, value)}`;
    });
  }

  insert(row: NewRow, at: string): Statement {
    return { sql: this.insertion, parameters: valuesOf(row, at) };
  }

  /** Many rows at once, with few statements. */
  insertAll(rows: readonly NewRow[], at: string): readonly Statement[] {
    const columns = inserted.map((property) => {
      const kind = numbers.has(property) ? ('integer' as const) : ('text' as const);
      return { name: this.nameOf(property), kind };
    });
    const values = rows.map((row) => valuesOf(row, at));
    return [...this.dialect.insert({ table: this.path, columns, rows: values, shared: {} })];
  }

  /** Ends the lease of a claim that came to nothing. */
  release(id: string, claimed: number): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('leaseExpiresAt')} = NULL ` +
        `WHERE ${this.column('id')} = ${value(id)} AND ${this.column('claimedGeneration')} = ${value(claimed)}`,
    );
  }

  /** Deletes the tokens that were read, and no later ones. */
  delete({ id, generation, accessTokenEncrypted }: RevocableToken): Statement {
    return { sql: this.deletion, parameters: [id, generation, accessTokenEncrypted] };
  }

  private assignments(values: object, value: Bind): string[] {
    return Object.entries(values)
      .filter(([, given]) => given !== undefined)
      .map(([name, given]) => `${this.column(name)} = ${value(given)}`);
  }
}

/** What a new row says; its lease stays NULL. */
const inserted = [
  'id',
  ...keyProperties,
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
  'doubt',
  'refusedSince',
  'failingSince',
  'rejectedGeneration',
  'rejectedAt',
  'createdAt',
  'updatedAt',
] as const;

const numbers: ReadonlySet<string> = new Set(['generation', 'claimedGeneration', 'rejectedGeneration']);

/** Tokens of an account that has no row yet. */
export interface NewRow {
  readonly ref: AccountRef;
  readonly values: TokenValues;
  readonly grant: Grant;
}

/** In the order of the columns. */
function valuesOf({ ref, values, grant }: NewRow, at: string): unknown[] {
  const row: Readonly<Record<(typeof inserted)[number], unknown>> = {
    id: randomUUID(),
    userId: ref.userId,
    connectionName: ref.connectionName,
    account: ref.account,
    ...values,
    ...ofGrant(grant),
    ...afterSave(values, at),
    generation: 1,
    claimedGeneration: 1,
    ...unrejected,
    createdAt: at,
  };
  return inserted.map((name) => row[name] ?? null);
}

function afterSave(values: TokenValues, at: string) {
  return { status: statusOf(values), doubt: null, refusedSince: null, failingSince: null, updatedAt: at };
}

/** What is known of tokens that no API has seen. */
const unrejected = { rejectedGeneration: null, rejectedAt: null };

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

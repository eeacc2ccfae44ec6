/**
 * The statements that note something of tokens and leave these as they are: that a refresh failed, that their user has to connect
 * again, what an API says of them. Each is about the tokens that were read.
 */
import type { Statement } from '../database/statement';
import type { ReauthorizationReason } from '../error-codes';
import type { ServedToken, StoredToken, TokensId } from './token-row';
import { TokenTable } from './token-table';

/** Of a refresh for which the provider was asked. */
export interface RefreshFailure {
  /** Whether the provider refused the refresh, rather than being unable to answer it. */
  readonly isRefusal: boolean;
  /** The doubt that the failure raises; null when it raises none. */
  readonly doubt: ReauthorizationReason | null;
}

export class TokenNotes extends TokenTable {
  /** Ends the lease of a claim whose refresh has failed, if nothing was saved or claimed since. */
  fail(seen: StoredToken, claimed: number, { isRefusal, doubt }: RefreshFailure): Statement {
    const since = (property: string) =>
      `${this.column(property)} = COALESCE(${this.column(property)}, ${this.dialect.instantFromNow(0)})`;
    return this.statement((value) => {
      const set = [
        `${this.column('leaseExpiresAt')} = NULL`,
        since('failingSince'),
        ...(isRefusal ? [since('refusedSince')] : []),
        ...(doubt === null ? [] : [`${this.column('doubt')} = ${value(doubt)}`]),
      ];
      return `UPDATE ${this.path} SET ${set.join(', ')} WHERE ${this.isClaimOf(seen, claimed, value)}`;
    });
  }

  /** Says that a refresh has failed before a request could be sent, unless that is known. */
  noteUnsentFailure({ id, generation }: TokensId): Statement {
    const since = this.column('failingSince');
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${since} = ${this.dialect.instantFromNow(0)} ` +
        `WHERE ${this.column('id')} = ${value(id)} AND ${this.column('generation')} = ${value(generation)} AND ${since} IS NULL`,
    );
  }

  /**
   * Says that an API rejects the access token that was read.
   * @param isInVain true when a refresh had brought it: then `rejectedAt` is set, unless it is less than an hour old; false when no
   * refresh has brought, or can bring, another
   */
  reject(seen: ServedToken, isInVain: boolean): Statement {
    const at = this.column('rejectedAt');
    const isLate = `(${at} IS NULL OR NOT ${this.rejectedLately()})`;
    const dated = isInVain
      ? `, ${at} = CASE WHEN ${isLate} THEN ${this.dialect.instantFromNow(0)} ELSE ${at} END`
      : '';
    const isNews = isInVain ? `(${this.isNotRejected} OR ${isLate})` : `(${this.isNotRejected})`;
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.marksRejected}${dated} WHERE ${this.isAsRead(seen, value)} AND ${isNews}`,
    );
  }

  /** Says that an API takes the access token that was read. */
  accept(seen: ServedToken): Statement {
    const rejected = this.column('rejectedGeneration');
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${rejected} = NULL WHERE ${this.isAsRead(seen, value)} AND ${rejected} IS NOT NULL`,
    );
  }

  /** Raises a doubt about the tokens that were read, unless it is there. */
  doubt(seen: ServedToken, doubt: ReauthorizationReason): Statement {
    const column = this.column('doubt');
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${column} = ${value(doubt)} WHERE ${this.isAsRead(seen, value)} ` +
        `AND (${column} IS NULL OR ${column} <> ${value(doubt)})`,
    );
  }

  /** Says that the user has to authorize again, if nothing was saved or claimed since. */
  mark(seen: StoredToken, claimed: number, reason: ReauthorizationReason, at: string): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('status')} = ${value('reauthorization_required')}, ` +
        `${this.column('statusReason')} = ${value(reason)}, ${this.column('leaseExpiresAt')} = NULL, ` +
        `${this.column('updatedAt')} = ${value(at)} WHERE ${this.isClaimOf(seen, claimed, value)}`,
    );
  }

  private get marksRejected(): string {
    return `${this.column('rejectedGeneration')} = ${this.column('generation')}`;
  }

  private get isNotRejected(): string {
    const rejected = this.column('rejectedGeneration');
    return `${rejected} IS NULL OR ${rejected} <> ${this.column('generation')}`;
  }
}

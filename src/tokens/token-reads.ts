/** The statements that read rows of tokens. */
import type { KeyedQuery } from '../database/lookup';
import type { RowShape } from '../database/row-shape';
import { conditionOr } from '../database/row-shape';
import type { Statement } from '../database/statement';
import { isExactly } from '../database/table-statements';
import type { AccountRef } from './account-ref';
import type { SealedToken, ServedToken, StoredToken } from './token-row';
import { keyProperties, sealedShape, storedShape } from './token-row';
import { BELIEVED_AFTER_MS } from './doubt';
import { TokenTable } from './token-table';

type TokenShape = Pick<RowShape<StoredToken>, 'list' | 'positions'> | RowShape<ServedToken>;
type PageShape = Pick<RowShape<StoredToken>, 'list'> | RowShape<SealedToken>;

export class TokenReads extends TokenTable {
  /** Reads rows by some of their properties. */
  lookup(shape: TokenShape, key: readonly (keyof ServedToken)[]): KeyedQuery {
    return {
      select: this.select(shape),
      key: key.map((property) => `t.${this.column(property)}`),
      keyAt: shape.positions(key),
    };
  }

  /**
   * The row of the account that a flow is for.
   * @param flows the table of flows, with escaped names
   */
  ofFlow(
    flows: { readonly path: string; readonly column: (property: string) => string },
    state: string,
  ): Statement {
    const isSame = keyProperties
      .map((name) => `t.${this.column(name)} = f.${flows.column(name)}`)
      .join(' AND ');
    return this.statement(
      (value) =>
        `${this.select(storedShape)} JOIN ${flows.path} f ON ${isSame} WHERE f.${flows.column('state')} = ${value(state)}`,
    );
  }

  /** Rows after one id, in the order of ids; those whose key a column's collation considers equal, too. */
  page(where: Readonly<Partial<AccountRef>>, after: string, limit: number): Statement {
    return this.statement((value) => {
      const conditions = Object.entries(where).map(
        ([name, given]) => `t.${this.column(name)} = ${value(given)}`,
      );
      conditions.push(`t.${this.column('id')} > ${value(after)}`);
      return `${this.select(sealedShape)} WHERE ${conditions.join(' AND ')} ORDER BY t.${this.column('id')} LIMIT ${limit}`;
    });
  }

  /** Some rows of a user, in no order: in one of ids, a database may read the whole table. */
  someOf(shape: PageShape, userId: string, limit: number): Statement {
    const column = `t.${this.column('userId')}`;
    return this.statement(
      (value) =>
        `${this.select(shape)} WHERE ${column} = ${value(userId)} ` +
        `AND ${isExactly(this.dialect, column, value(userId))} LIMIT ${limit}`,
    );
  }

  /**
   * Rows that can be refreshed, are not being refreshed, and will have expired at that instant; the first to expire first.
   * @param isDoubted whether those about which there is a doubt are read, or the others
   * @param after the last of the page before
   */
  expiring(
    at: string,
    isDoubted: boolean,
    after: Pick<StoredToken, 'expiresAt' | 'id'> | null,
    limit: number,
  ): Statement {
    const expiresAt = `t.${this.column('expiresAt')}`;
    const id = `t.${this.column('id')}`;
    return this.statement((value) => {
      const later = after
        ? ` AND (${expiresAt} > ${value(after.expiresAt)} OR (${expiresAt} = ${value(after.expiresAt)} AND ${id} > ${value(after.id)}))`
        : '';
      return (
        `${this.select(storedShape)} WHERE t.${this.column('status')} = 'active' ` +
        `AND t.${this.column('doubt')} IS ${isDoubted ? 'NOT ' : ''}NULL AND t.${this.column('refreshTokenEncrypted')} IS NOT NULL ` +
        `AND ${this.unleased('t.')}${later} ` +
        `AND ${expiresAt} <= ${value(at)} ORDER BY ${expiresAt}, ${id} LIMIT ${limit}`
      );
    });
  }

  private select(shape: TokenShape | PageShape): string {
    const conditions: Readonly<Record<string, string>> = {
      hasRefreshToken: `t.${this.column('refreshTokenEncrypted')} IS NOT NULL`,
      isLeased: this.leased('t.'),
      isReleased: `t.${this.column('leaseExpiresAt')} IS NULL`,
      isRefusedForLong: `t.${this.column('refusedSince')} <= ${this.dialect.instantFromNow(-BELIEVED_AFTER_MS)}`,
    };
    const expression = conditionOr(conditions, (property) => `t.${this.column(property)}`);
    return `SELECT ${shape.list(expression, this.escape)} FROM ${this.path} t`;
  }
}

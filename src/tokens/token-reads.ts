/** The statements that read rows of tokens. */
import type { KeyedQuery } from '../database/lookup';
import type { RowShape } from '../database/row-shape';
import { conditionOr } from '../database/row-shape';
import type { Statement } from '../database/statement';
import type { AccountRef } from './account-ref';
import type { ListedToken, ServedToken, StoredToken } from './token-row';
import { lineParts, livingShape } from './living-token';
import { keyProperties, storedShape } from './token-row';
import { BELIEVED_AFTER_MS } from './doubt';
import { TokenTable } from './token-table';

type TokenShape =
  Pick<RowShape<StoredToken>, 'list' | 'positions'> | RowShape<ServedToken> | RowShape<ListedToken>;

export class TokenReads extends TokenTable {
  /** Reads rows by some of their properties. */
  lookup<Key extends string>(
    shape: TokenShape & { positions(key: readonly Key[]): readonly number[] },
    key: readonly Key[],
  ): KeyedQuery {
    return {
      select: this.select(shape),
      key: key.map((property) => `t.${this.column(property)}`),
      keyAt: shape.positions(key),
    };
  }

  /** Reads rows by their account, in three columns. */
  living(): KeyedQuery {
    const column = (property: string) => `t.${this.column(property)}`;
    const lines = this.dialect.lines(lineParts(column));
    const list = livingShape.list((name) => (name === 'lines' ? lines : column(name)), this.escape);
    const [keyAt = 0] = livingShape.positions(['lines']);
    return { select: `SELECT ${list} FROM ${this.path} t`, key: keyProperties.map(column), keyAt };
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

  /** @returns the rows after one id, in the order of ids */
  page(where: Readonly<Partial<AccountRef>>, after: string, limit: number): Statement {
    return this.statement((value) => {
      const conditions = Object.entries(where).map(
        ([name, given]) => `t.${this.column(name)} = ${value(given)}`,
      );
      conditions.push(`t.${this.column('id')} > ${value(after)}`);
      return `${this.select(storedShape)} WHERE ${conditions.join(' AND ')} ORDER BY t.${this.column('id')} LIMIT ${limit}`;
    });
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

  private select(shape: TokenShape): string {
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

/** The statements that read rows of tokens. */
import type { LookupQuery } from '../database/lookup';
import type { Statement } from '../database/script';
import type { AccountRef } from './account-ref';
import type { StoredToken, served, stored } from './token-row';
import { keyColumns } from './token-row';
import { BELIEVED_AFTER_MS } from './doubt';
import { TokenTable } from './token-table';

export class TokenReads extends TokenTable {
  /** Rows by some of their columns; the values of a row begin with those, and go on as `shape` says. */
  lookup(shape: typeof served | typeof stored, key: readonly string[], isPrepared: boolean): LookupQuery {
    return {
      select: this.select(shape, keyColumns.every((column) => key.includes(column)) ? [] : key),
      key: key.map((column) => `t.${this.column(column)}`),
      isPrepared,
    };
  }

  /**
   * The row of the account that a flow is for.
   * @param flows the table of flows, with escaped names
   */
  ofFlow(
    flows: { readonly path: string; readonly column: (property: string) => string },
    state: string,
    shape: typeof stored,
  ): Statement {
    const isSame = keyColumns.map((name) => `t.${this.column(name)} = f.${flows.column(name)}`).join(' AND ');
    return this.statement(
      (value) =>
        `${this.select(shape)} JOIN ${flows.path} f ON ${isSame} WHERE f.${flows.column('state')} = ${value(state)}`,
    );
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
   * @param isDoubted whether those about which there is a doubt are read, or the others
   * @param after the last of the page before
   */
  expiring(
    at: string,
    isDoubted: boolean,
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
        `AND t.${this.column('doubt')} IS ${isDoubted ? 'NOT ' : ''}NULL AND t.${this.column('refreshTokenEncrypted')} IS NOT NULL ` +
        `AND ${this.unleased('t.')}${later} ` +
        `AND ${expiresAt} <= ${value(at)} ORDER BY ${expiresAt}, ${id} LIMIT ${limit}`
      );
    });
  }

  private select(shape: typeof served | typeof stored, first: readonly string[] = []): string {
    const flags = {
      hasRefreshToken: `t.${this.column('refreshTokenEncrypted')} IS NOT NULL`,
      isLeased: this.leased('t.'),
      isReleased: `t.${this.column('leaseExpiresAt')} IS NULL`,
      isRefusedForLong: `t.${this.column('refusedSince')} <= ${this.engine.instantFromNow(-BELIEVED_AFTER_MS)}`,
    };
    const escape = (name: string) => this.dataSource.driver.escape(name);
    const columns = [
      ...first.map((name, index) => `t.${this.column(name)} AS ${escape(`key${index}`)}`),
      ...shape.columns.map((name) => `t.${this.column(name)} AS ${escape(name)}`),
      ...shape.flags.map((name) => `CASE WHEN ${flags[name]} THEN 1 ELSE 0 END AS ${escape(name)}`),
    ];
    return `SELECT ${columns.join(', ')} FROM ${this.path} t`;
  }
}

/** The table of tokens, with the SQL names as the host's schema, prefix and naming strategy have them. */
import type { Database } from '../database/engine';
import type { Dialect } from '../database/dialect';
import { columnName, escapedColumns, escapedPath } from '../database/names';
import type { Bind, Statement } from '../database/statement';
import { statement } from '../database/table-statements';
import { UserConnectionToken } from '../entities';
import { LEASE_HORIZON_MS } from './refresh-protocol';
import { REJECTED_FOR_MS } from './doubt';
import type { StoredToken } from './token-row';

export class TokenTable {
  protected readonly path: string;
  protected readonly column: (property: string) => string;

  /** A column, not escaped. */
  protected readonly nameOf: (property: string) => string;
  protected readonly dialect: Dialect;
  protected readonly escape: (name: string) => string;

  constructor({ dataSource, engine }: Database) {
    this.dialect = engine.dialect;
    this.escape = (name) => dataSource.driver.escape(name);
    const metadata = dataSource.getMetadata(UserConnectionToken);
    this.path = escapedPath(dataSource, metadata.tablePath);
    this.nameOf = (property) => columnName(metadata, property);
    this.column = escapedColumns(dataSource, metadata);
  }

  protected unleased(alias = ''): string {
    return `(${alias}${this.column('leaseExpiresAt')} IS NULL OR NOT ${this.leased(alias)})`;
  }

  /** A lease that ends later than one can was given before the clock was set back, and is over. */
  protected leased(alias: string): string {
    const lease = `${alias}${this.column('leaseExpiresAt')}`;
    const { instantFromNow } = this.dialect;
    return `(${lease} > ${instantFromNow(0)} AND ${lease} <= ${instantFromNow(LEASE_HORIZON_MS)})`;
  }

  /** Whether a refresh was in vain within the hour; a date of a clock that was set back since does not count. */
  protected rejectedLately(alias = ''): string {
    const at = `${alias}${this.column('rejectedAt')}`;
    const { instantFromNow } = this.dialect;
    return `(${at} > ${instantFromNow(-REJECTED_FOR_MS)} AND ${at} <= ${instantFromNow(0)})`;
  }

  /** Whether a row has the tokens that were read. */
  protected isAsRead(
    seen: Pick<StoredToken, 'id' | 'generation' | 'accessTokenEncrypted'>,
    value: Bind,
  ): string {
    return (
      `${this.column('id')} = ${value(seen.id)} AND ${this.column('generation')} = ${value(seen.generation)} ` +
      `AND ${this.column('accessTokenEncrypted')} = ${value(seen.accessTokenEncrypted)}`
    );
  }

  /** Whether nothing was saved or claimed since that claim. */
  protected isClaimOf(seen: StoredToken, claimed: number, value: Bind): string {
    return (
      `${this.column('id')} = ${value(seen.id)} AND ${this.column('generation')} = ${value(seen.generation)} ` +
      `AND ${this.column('claimedGeneration')} = ${value(claimed)}`
    );
  }

  protected statement(text: (value: Bind) => string): Statement {
    return statement(this.dialect, text);
  }
}

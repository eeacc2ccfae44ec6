/** The statements that read rows of tokens. */
import type { KeyedQuery } from '../database/keyed-rows';
import type { RowShape } from '../database/row-shape';
import { conditionOr } from '../database/row-shape';
import type { Bind, Statement } from '../database/statement';
import { isExactly } from '../database/table-statements';
import type { AccountRef } from './account-ref';
import type { DueToken, RevocableToken, SealedToken, ServedToken, StoredToken } from './token-row';
import type { listedShape } from './listed-token';
import { listedExpressions } from './listed-token';
import { lineParts, livingShape } from './living-token';
import { dueShape, keyProperties, sealedShape, storedShape } from './token-row';
import { BELIEVED_AFTER_MS } from './doubt';
import { TokenTable } from './token-table';

type TokenShape =
  | Pick<RowShape<StoredToken>, 'list' | 'positions'>
  | RowShape<ServedToken>
  | typeof listedShape
  | RowShape<RevocableToken>;
type PageShape = RowShape<RevocableToken> | RowShape<SealedToken>;

/** A place in the order of expiry, in which the id decides between equals. */
export type DuePlace = { readonly expiresAt: string; readonly id: string };

export interface DueQuery {
  /** By when they will have expired, ISO-8601 UTC. */
  readonly at: string;
  /** True: only rows with a doubt, or whose refresh the provider has refused since they were saved. False: only the others. */
  readonly isDoubtful: boolean;
  /** Names of the connections whose rows are read. */
  readonly names: readonly string[];
  /** The last of the rows before; null for the first. */
  readonly after: DuePlace | null;
}

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
    const column = this.of('userId');
    return this.statement(
      (value) =>
        `${this.select(shape)} WHERE ${column} = ${value(userId)} ` +
        `AND ${isExactly(this.dialect, column, value(userId))} LIMIT ${limit}`,
    );
  }

  /** Rows that can be refreshed, are not being refreshed, and will have expired in time; the first to expire first. */
  due({ at, isDoubtful, names, after }: DueQuery, limit: number): Statement {
    const order = [this.of('expiresAt'), this.of('id')] as const;
    return this.statement((value) => {
      const columns = [this.of('doubt'), this.of('refusedSince')];
      const conditions = [
        isDoubtful
          ? `(${columns.map((column) => `${column} IS NOT NULL`).join(' OR ')})`
          : columns.map((column) => `${column} IS NULL`).join(' AND '),
        this.dialect.among(this.of('connectionName'), names, value),
        ...(after ? [this.dialect.after(order, [after.expiresAt, after.id], value)] : []),
        ...this.isDue(at, value),
      ];
      return (
        `${this.select(dueShape)} WHERE ${conditions.join(' AND ')} ` +
        `ORDER BY ${order.join(', ')} LIMIT ${limit}`
      );
    });
  }

  /** The ids of those rows that can still be refreshed, are not being refreshed, and will have expired in time. */
  stillDue(ids: readonly string[], at: string): Statement {
    return this.statement((value) => {
      const conditions = [this.dialect.among(this.of('id'), ids, value), ...this.isDue(at, value)];
      return `SELECT ${this.of('id')} FROM ${this.path} t WHERE ${conditions.join(' AND ')}`;
    });
  }

  /** In the words of the index for it. */
  private isDue(at: string, value: Bind): string[] {
    return [
      `${this.of('status')} = 'active'`,
      `${this.of('refreshTokenEncrypted')} IS NOT NULL`,
      `${this.of('expiresAt')} <= ${value(at)}`,
      this.unleased('t.'),
    ];
  }

  private of(property: string): string {
    return `t.${this.column(property)}`;
  }

  private select(shape: TokenShape | PageShape | RowShape<DueToken>): string {
    const isRejectedLately = this.rejectedLately('t.');
    const conditions: Readonly<Record<string, string>> = {
      hasRefreshToken: `t.${this.column('refreshTokenEncrypted')} IS NOT NULL`,
      isLeased: this.leased('t.'),
      isReleased: `t.${this.column('leaseExpiresAt')} IS NULL`,
      isRejectedLately,
      isRefusedForLong: `t.${this.column('refusedSince')} <= ${this.dialect.instantFromNow(-BELIEVED_AFTER_MS)}`,
    };
    const listed = listedExpressions((property) => this.of(property), this.dialect.lines, isRejectedLately);
    const expression = conditionOr(conditions, (property) => listed[property] ?? this.of(property));
    return `SELECT ${shape.list(expression, this.escape)} FROM ${this.path} t`;
  }
}

/** The statements over the table of registered clients, each one conditional: what another process did makes it touch no row. */
import type { DataSource } from 'typeorm';
import type { Dialect } from '../../database/dialect';
import type { Database } from '../../database/engine';
import { escapedColumns, escapedPath } from '../../database/names';
import { conditionOr } from '../../database/row-shape';
import type { Bind, Statement } from '../../database/statement';
import { statement } from '../../database/table-statements';
import { ConnectionClientRegistration, ConnectionOAuthState, UserConnectionToken } from '../../entities';
import { toInstant } from '../../entities/instant';
import { LEASE_HORIZON_MS } from '../../tokens/refresh-protocol';
import { type RegistrationKey, type RegistrationRow, redirectUriAside, registrationShape } from './row';

const RECENT_MS = 3_600_000;

const keyColumns = ['connectionName', 'issuer', 'redirectUri'] as const;

export class RegistrationTable {
  private readonly path: string;
  private readonly column: (property: string) => string;

  private readonly dataSource: DataSource;
  private readonly dialect: Dialect;

  constructor({ dataSource, engine }: Database) {
    this.dataSource = dataSource;
    this.dialect = engine.dialect;
    const metadata = dataSource.getMetadata(ConnectionClientRegistration);
    this.path = escapedPath(dataSource, metadata.tablePath);
    this.column = escapedColumns(dataSource, metadata);
  }

  /** Rows that have these values, the latest first; none for every row. */
  select(where: Readonly<Partial<RegistrationKey>>): Statement {
    const conditions: Readonly<Record<string, string>> = {
      isOver: this.isOver(),
      isRecent: `${this.column('updatedAt')} > ${this.dialect.instantFromNow(-RECENT_MS)}`,
    };
    const list = registrationShape.list(conditionOr(conditions, this.column), (name) =>
      this.dataSource.driver.escape(name),
    );
    return this.statement((value) => {
      const equal = Object.entries(where).map(([name, given]) => `${this.column(name)} = ${value(given)}`);
      return (
        `SELECT ${list} FROM ${this.path}` +
        (equal.length > 0 ? ` WHERE ${equal.join(' AND ')}` : '') +
        ` ORDER BY ${this.column('createdAt')} DESC, ${this.column('id')}`
      );
    });
  }

  /** A row that says that a process registers the client, for as long as the lease lasts. */
  insert(id: string, key: RegistrationKey, leaseMs: number): Statement {
    const names = ['id', ...keyColumns, 'clientEncrypted', 'expiresAt', 'createdAt', 'updatedAt'];
    return this.statement((value) => {
      const now = this.dialect.instantFromNow(0);
      const lease = this.dialect.instantFromNow(leaseMs);
      const values = [value(id), ...keyColumns.map((name) => value(key[name])), "''", lease, now, now];
      const columns = names.map((name) => this.column(name));
      return `INSERT INTO ${this.path} (${columns.join(', ')}) VALUES (${values.join(', ')})`;
    });
  }

  /** Takes over a row that is over, under another id. */
  takeOver(row: RegistrationRow, id: string, leaseMs: number): Statement {
    return this.statement((value) => {
      const now = this.dialect.instantFromNow(0);
      return (
        `UPDATE ${this.path} SET ${this.column('id')} = ${value(id)}, ${this.column('clientEncrypted')} = '', ` +
        `${this.column('expiresAt')} = ${this.dialect.instantFromNow(leaseMs)}, ` +
        `${this.column('createdAt')} = ${now}, ${this.column('updatedAt')} = ${now} ` +
        `WHERE ${this.isAsRead(row, value)}`
      );
    });
  }

  /** Ends a claim that came to nothing. */
  release(id: string): Statement {
    return this.delete({ id, clientEncrypted: '' });
  }

  /**
   * Stores the client of a claim and its id, even if another process has taken the claim over; never replaces a stored client.
   * @param expiresAt milliseconds since the epoch
   */
  store(id: string, key: RegistrationKey, encrypted: string, expiresAt: number | null): Statement {
    const instant = expiresAt === null ? null : toInstant(new Date(expiresAt));
    return this.statement((value) => {
      const set = Object.entries({ id, clientEncrypted: encrypted, expiresAt: instant }).map(
        ([name, given]) => `${this.column(name)} = ${value(given)}`,
      );
      const isOfKey = keyColumns.map((name) => `${this.column(name)} = ${value(key[name])}`);
      return (
        `UPDATE ${this.path} SET ${set.join(', ')}, ${this.column('updatedAt')} = ${this.dialect.instantFromNow(0)} ` +
        `WHERE ${isOfKey.join(' AND ')} AND ${this.column('clientEncrypted')} = ''`
      );
    });
  }

  /** The same client, encrypted with another key. */
  rewrite(row: Pick<RegistrationRow, 'id' | 'clientEncrypted'>, encrypted: string): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('clientEncrypted')} = ${value(encrypted)} WHERE ${this.isAsRead(row, value)}`,
    );
  }

  /** Gives a registration to another connection. */
  rename(
    row: Pick<RegistrationRow, 'id' | 'redirectUri' | 'clientEncrypted'>,
    { connectionName, redirectUri }: Omit<RegistrationKey, 'issuer'>,
    encrypted: string,
  ): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('connectionName')} = ${value(connectionName)}, ` +
        `${this.column('redirectUri')} = ${value(redirectUri)}, ` +
        `${this.column('clientEncrypted')} = ${value(encrypted)} ` +
        // A client that was set aside meanwhile must not come back.
        `WHERE ${this.isAsRead(row, value)} AND ${this.column('redirectUri')} = ${value(row.redirectUri)}`,
    );
  }

  /** Whatever its text is by now: the id names the client, and another key may have encrypted it again. */
  setAside(row: Pick<RegistrationRow, 'id' | 'redirectUri'>): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('redirectUri')} = ${value(redirectUriAside(row))}, ` +
        `${this.column('updatedAt')} = ${this.dialect.instantFromNow(0)} ` +
        `WHERE ${this.column('id')} = ${value(row.id)} AND ${this.column('redirectUri')} = ${value(row.redirectUri)}`,
    );
  }

  /** Undoes `setAside`, unless another client has taken the place. */
  restore(row: Pick<RegistrationRow, 'id' | 'redirectUri'>): Statement {
    return this.statement(
      (value) =>
        `UPDATE ${this.path} SET ${this.column('redirectUri')} = ${value(row.redirectUri)}, ` +
        `${this.column('updatedAt')} = ${this.dialect.instantFromNow(0)} ` +
        `WHERE ${this.column('id')} = ${value(row.id)} AND ${this.column('redirectUri')} = ${value(redirectUriAside(row))}`,
    );
  }

  /**
   * Deletes what is left of issuers that a connection had before, since a server may name a new one each time, and clients that
   * are set aside. Those that a user's tokens or a flow need, or may need in a moment, are kept.
   */
  deleteUnused({ connectionName, issuer }: RegistrationKey, leastAgeMs: number): Statement {
    const now = this.dialect.instantFromNow(0);
    return this.statement((value) => {
      const needed = (entity: new () => object, also = '') => {
        const { tablePath } = this.dataSource.getMetadata(entity);
        const column = escapedColumns(this.dataSource, this.dataSource.getMetadata(entity));
        const path = escapedPath(this.dataSource, tablePath);
        return (
          `EXISTS (SELECT 1 FROM ${path} n WHERE n.${column('connectionName')} = ${value(connectionName)} ` +
          `AND n.${column('issuer')} = ${this.path}.${this.column('issuer')}${also && ` AND n.${column('expiresAt')} > ${also}`})`
        );
      };
      return (
        `DELETE FROM ${this.path} WHERE ${this.column('connectionName')} = ${value(connectionName)} ` +
        `AND (${this.column('issuer')} <> ${value(issuer)} OR ${this.column('redirectUri')} LIKE '%#%') ` +
        `AND ${this.column('updatedAt')} <= ${this.dialect.instantFromNow(-leastAgeMs)} ` +
        `AND (${this.column('clientEncrypted')} <> '' OR ${this.isOver()}) ` +
        `AND NOT ${needed(UserConnectionToken)} AND NOT ${needed(ConnectionOAuthState, now)}`
      );
    });
  }

  /** What the tokens of a connection were issued under, and its flows began under, each once. */
  fingerprints(connectionName: string): Statement {
    return this.statement((value) => {
      const of = (entity: new () => object) => {
        const metadata = this.dataSource.getMetadata(entity);
        const column = escapedColumns(this.dataSource, metadata);
        const fingerprint = column('configFingerprint');
        const path = escapedPath(this.dataSource, metadata.tablePath);
        return `SELECT ${fingerprint} FROM ${path} WHERE ${column('connectionName')} = ${value(connectionName)}`;
      };
      return `${of(UserConnectionToken)} UNION ${of(ConnectionOAuthState)}`;
    });
  }

  /** @param leastAgeMs milliseconds since the row was last written */
  delete(row: Pick<RegistrationRow, 'id' | 'clientEncrypted'>, leastAgeMs = 0): Statement {
    return this.statement(
      (value) =>
        `DELETE FROM ${this.path} WHERE ${this.isAsRead(row, value)} ` +
        `AND ${this.column('updatedAt')} <= ${this.dialect.instantFromNow(-leastAgeMs)}`,
    );
  }

  /** A lease that is longer than any can be is over, too. */
  private isOver(): string {
    const expiresAt = this.column('expiresAt');
    const tooLate = `${expiresAt} > ${this.dialect.instantFromNow(LEASE_HORIZON_MS)}`;
    return (
      `(${expiresAt} <= ${this.dialect.instantFromNow(0)} ` +
      `OR (${this.column('clientEncrypted')} = '' AND ${tooLate}))`
    );
  }

  private isAsRead(
    { id, clientEncrypted }: Pick<RegistrationRow, 'id' | 'clientEncrypted'>,
    value: Bind,
  ): string {
    return `${this.column('id')} = ${value(id)} AND ${this.column('clientEncrypted')} = ${value(clientEncrypted)}`;
  }

  private statement(textOf: (value: Bind) => string): Statement {
    return statement(this.dialect, textOf);
  }
}

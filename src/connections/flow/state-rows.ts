/**
 * Authorizations in flight. The digest of the state is the key; the user or browser that the flow is bound to takes it once,
 * with the id of the grant that it becomes, so that of any number of attempts one succeeds, and no other user can use it up.
 * The row stays until the tokens are saved: where it has gone by then, the user does not want them any more.
 */
import { isUncertain } from '../../database/database-error';
import type { Dialect } from '../../database/dialect';
import type { Database } from '../../database/engine';
import { Lookup } from '../../database/lookup';
import { escapedColumns, escapedPath } from '../../database/names';
import { nullableText, RowShape, text } from '../../database/row-shape';
import type { Bind, RowValues, Statement } from '../../database/statement';
import { TableStatements, isExactly, statement } from '../../database/table-statements';
import { ConnectionOAuthState } from '../../entities';
import { type AccountRef, isSameAccount } from '../../tokens/account-ref';
import { FLOW_LIFE_MS, StateSweep } from './state-sweep';

/** What a flow began with. */
export interface FlowState {
  readonly userId: string;
  readonly connectionName: string;
  readonly account: string;
  /** Encrypted for all that the flow began with; null only where the row was changed. */
  readonly codeVerifier: string | null;
  readonly redirectUri: string;
  readonly issuer: string | null;
  readonly originHost: string | null;
  readonly returnTo: string | null;
  /** Separated by one space. */
  readonly requestedScopes: string | null;
  readonly configFingerprint: string;
  /** Digest of the browser's cookie and the state; null when the user's session binds the flow. */
  readonly browserBinding: string | null;
}

/** A flow whose user has come back. */
export interface TakenFlow extends FlowState {
  /** Instant by the database's clock. */
  readonly takenAt: string;
}

const flowColumns = {
  userId: text,
  connectionName: text,
  account: text,
  codeVerifier: nullableText,
  redirectUri: text,
  issuer: nullableText,
  originHost: nullableText,
  returnTo: nullableText,
  requestedScopes: nullableText,
  configFingerprint: text,
  browserBinding: nullableText,
};

const flowProperties = Object.keys(flowColumns) as (keyof FlowState)[];

const takenShape = new RowShape<TakenFlow>({ ...flowColumns, takenAt: text });

const startedShape = new RowShape<AccountRef & { readonly grantId: string | null }>({
  userId: text,
  connectionName: text,
  account: text,
  grantId: nullableText,
});

/** Who comes back: the user of a session, the browser of a cookie (by its digest), or both. */
export interface ReturningUser {
  readonly userId: string | undefined;
  readonly browserBinding: string | undefined;
}

export class StateRows {
  /** Of the table, escaped. */
  readonly path: string;
  /** A column, escaped. */
  readonly column: (property: string) => string;
  private readonly statements: TableStatements;
  private readonly insertion: string;
  /** The texts of `ending`, by the parts that they compare. */
  private readonly endings = new Map<string, string>();
  private readonly selection: string;
  private readonly ofUser: Lookup;
  private readonly sweep: StateSweep;

  private readonly dialect: Dialect;

  constructor(database: Database) {
    const { dataSource, engine } = database;
    const { dialect } = engine;
    this.dialect = dialect;
    const metadata = dataSource.getMetadata(ConnectionOAuthState);
    this.path = escapedPath(dataSource, metadata.tablePath);
    this.column = escapedColumns(dataSource, metadata);
    this.statements = new TableStatements(database);
    this.sweep = new StateSweep(this.path, this.column, dialect, this.statements);
    const texts = ['state', ...flowProperties];
    const names = [...texts, 'createdAt', 'expiresAt'].map((name) => this.column(name));
    const now = dialect.instantFromNow(0);
    const instants = [now, dialect.instantFromNow(FLOW_LIFE_MS)];
    this.insertion = statement(dialect, (value) => {
      const values = [...texts.map(value), ...instants];
      return `INSERT INTO ${this.path} (${names.join(', ')}) VALUES (${values.join(', ')})`;
    }).sql;
    const of = (property: string) => (property === 'takenAt' ? now : `t.${this.column(property)}`);
    const escape = (name: string) => dataSource.driver.escape(name);
    const selectOf = <Row extends object>(shape: RowShape<Row>) =>
      `SELECT ${shape.list(of, escape)} FROM ${this.path} t`;
    this.selection = statement(
      dialect,
      (value) => `${selectOf(takenShape)} WHERE ${of('state')} = ${value('')}`,
    ).sql;
    this.ofUser = new Lookup(database, {
      select: selectOf(startedShape),
      key: [of('userId')],
      keyAt: startedShape.positions(['userId']),
    });
  }

  /** @param digest of the state */
  async put(digest: string, flow: FlowState): Promise<void> {
    const parameters = [digest, ...flowProperties.map((name) => flow[name])];
    await this.statements.touches({ sql: this.insertion, parameters }, 'Storing an authorization');
    this.sweep.afterOneOf(flow.userId);
  }

  /**
   * @param grantId a new UUID
   * @param alsoRead what to read in the same moment, once the flow is taken
   * @returns null when there is none, it is too old, it belongs to another user or browser, or it was taken
   */
  async take(
    digest: string,
    who: ReturningUser,
    grantId: string,
    alsoRead: readonly Statement[] = [],
  ): Promise<{ readonly flow: TakenFlow; readonly read: readonly (readonly RowValues[])[] } | null> {
    if (who.userId === undefined && who.browserBinding === undefined) return null;
    const taking = statement(this.dialect, (value) => {
      const grant = this.column('grantId');
      const set = `${grant} = ${value(grantId)}`;
      const conditions = [
        `${this.column('state')} = ${value(digest)}`,
        // Ours already, if the answer to an earlier attempt was lost.
        `(${grant} IS NULL OR ${grant} = ${value(grantId)})`,
        `${this.column('expiresAt')} > ${this.dialect.instantFromNow(0)}`,
        ...this.belongsTo(who, value),
      ];
      return `UPDATE ${this.path} SET ${set} WHERE ${conditions.join(' AND ')}`;
    });
    const reads = [{ sql: this.selection, parameters: [digest] }, ...alsoRead];
    const attempt = () => this.statements.changeThenRead(taking, reads, 'Reading an authorization');
    const taken = await attempt().catch((error: unknown) => {
      if (!isUncertain(error)) throw error;
      return attempt();
    });
    const [[row] = [], ...read] = taken ?? [];
    if (!row) return null;
    return { flow: takenShape.row(row), read };
  }

  /** The statement that deletes a flow which was taken with this grant. */
  deletion(digest: string, grantId: string): Statement {
    return statement(
      this.dialect,
      (value) =>
        `DELETE FROM ${this.path} WHERE ${this.column('state')} = ${value(digest)} ` +
        `AND ${this.column('grantId')} = ${value(grantId)}`,
    );
  }

  /** @returns whether it was there */
  end(digest: string, grantId: string): Promise<boolean> {
    return this.statements.touches(this.deletion(digest, grantId), 'Deleting an authorization');
  }

  /** Waits for the deletion of old flows that is under way. */
  close(): Promise<void> {
    return this.sweep.close();
  }

  /**
   * Ends flows, whether they were taken or not: of a user, of a connection, or of one account.
   * @returns whether there were any
   */
  endAll(where: Readonly<Partial<AccountRef>>): Promise<boolean> {
    return this.statements.touches(this.ending(where), 'Deleting authorizations');
  }

  /** The statement that `endAll` executes. */
  ending(where: Readonly<Partial<AccountRef>>): Statement {
    const parts = Object.entries(where).filter(([, given]) => given !== undefined);
    const names = parts.map(([name]) => name);
    const key = names.join();
    const known = this.endings.get(key);
    const sql = known ?? this.endingOf(names);
    if (known === undefined) this.endings.set(key, sql);
    return { sql, parameters: parts.flatMap(([, given]) => [given, given]) };
  }

  /** Whether a user has come back for this account and the tokens are not saved yet; as long as the row is there, they may be. */
  async hasTaken(ref: AccountRef): Promise<boolean> {
    const rows = await this.ofUser.find([ref.userId]);
    return rows
      .map((values) => startedShape.row(values))
      .some((row) => row.grantId !== null && isSameAccount(row, ref));
  }

  /** To what a flow that can still be completed is bound; null where there is none. */
  async boundTo(digest: string): Promise<'user' | 'browser' | null> {
    const select = statement(this.dialect, (value) => {
      const boundTo = `CASE WHEN ${this.column('browserBinding')} IS NULL THEN 'user' ELSE 'browser' END`;
      const isOpen = `${this.column('grantId')} IS NULL AND ${this.column('expiresAt')} > ${this.dialect.instantFromNow(0)}`;
      return `SELECT ${boundTo} FROM ${this.path} WHERE ${this.column('state')} = ${value(digest)} AND ${isOpen}`;
    });
    const [row] = await this.statements.rows(select, 'Reading an authorization');
    return row === undefined ? null : (row[0] as 'user' | 'browser');
  }

  private endingOf(names: readonly string[]): string {
    const isOf = (name: string, value: Bind) =>
      // The first finds them by the index, as far as their collation tells them apart.
      `${this.column(name)} = ${value('')} AND ${isExactly(this.dialect, this.column(name), value(''))}`;
    return statement(
      this.dialect,
      (value) => `DELETE FROM ${this.path} WHERE ${names.map((name) => isOf(name, value)).join(' AND ')}`,
    ).sql;
  }

  /** Where both are given, both must match: another user's session in the same browser is not enough. */
  private belongsTo({ userId, browserBinding }: ReturningUser, value: Bind): string[] {
    const binding = this.column('browserBinding');
    const unbound = `${binding} IS NULL`;
    const user = userId === undefined ? [] : [isExactly(this.dialect, this.column('userId'), value(userId))];
    if (browserBinding === undefined) return [...user, unbound];
    const bound = `${binding} = ${value(browserBinding)}`;
    return [...user, userId === undefined ? bound : `(${unbound} OR ${bound})`];
  }
}

/**
 * Authorizations in flight. The digest of the state is the key; the user or browser that the flow is bound to takes the row
 * once. Taking deletes it, so that of any number of attempts one succeeds, and no other user can use it up.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Engine } from '../database/engine';
import { escapedColumns, escapedPath } from '../database/path';
import type { Statement, StatementOptions } from '../database/script';
import { TableStatements, statement } from '../database/table-statements';
import { ConnectionOAuthState } from '../entities';

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

const columns = [
  'userId',
  'connectionName',
  'account',
  'codeVerifier',
  'redirectUri',
  'issuer',
  'originHost',
  'returnTo',
  'requestedScopes',
  'configFingerprint',
  'browserBinding',
] as const;

/** Who comes back: the user of a session, the browser of a cookie (by its digest), or both. */
export interface Returning {
  readonly userId: string | undefined;
  readonly browserBinding: string | undefined;
}

/** How long a flow may take. */
export const FLOW_LIFE_MS = 600_000;
const SWEEP_EVERY_MS = 60_000;
/** Flows that one user may have open; with more, the oldest are deleted. */
const MOST_PER_USER = 20;

/** An unguessable text: 256 random bits. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text has the form of `randomText`. */
export function isRandomText(text: unknown): text is string {
  return typeof text === 'string' && /^[\w-]{43}$/.test(text);
}

/**
 * What the row of a flow keeps of the browser's cookie. With the state in it, two flows of one browser have nothing in
 * common in the table.
 */
export function bindingDigest(browserBinding: string, state: string): string {
  return digestOf(`${browserBinding}.${state}`);
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

export class StateRows {
  private readonly path: string;
  private readonly column: (property: string) => string;
  private readonly statements: TableStatements;
  private readonly insertion: string;
  private sweptAt = 0;
  /** How many flows each user has begun in this process since the last minute's sweep. */
  private readonly begun = new Map<string, number>();

  constructor(
    dataSource: DataSource,
    private readonly engine: Engine,
    options: StatementOptions,
  ) {
    const metadata = dataSource.getMetadata(ConnectionOAuthState);
    this.path = escapedPath(dataSource, metadata.tablePath);
    this.column = escapedColumns(dataSource, metadata);
    this.statements = new TableStatements(dataSource, engine, options);
    const texts = ['state', ...columns];
    const names = [...texts, 'createdAt', 'expiresAt'].map((name) => this.column(name));
    const instants = [engine.instantFromNow(0), engine.instantFromNow(FLOW_LIFE_MS)];
    this.insertion = statement(engine, (value) => {
      const values = [...texts.map(value), ...instants];
      return `INSERT INTO ${this.path} (${names.join(', ')}) VALUES (${values.join(', ')})`;
    }).sql;
  }

  /** @param digest of the state */
  async put(digest: string, flow: FlowState): Promise<void> {
    const parameters = [digest, ...columns.map((name) => flow[name])];
    await this.statements.touches({ sql: this.insertion, parameters }, 'Storing an authorization');
    const begun = (this.begun.get(flow.userId) ?? 0) + 1;
    this.begun.set(flow.userId, begun);
    await this.sweep();
    if (begun > MOST_PER_USER) await this.deleteOldestOf(flow.userId);
  }

  /** @returns null when there is none, it is too old, it belongs to another user or browser, or it was taken */
  async take(digest: string, who: Returning): Promise<FlowState | null> {
    if (who.userId === undefined && who.browserBinding === undefined) return null;
    const where = statement(this.engine, (value) =>
      [
        `${this.column('state')} = ${value(digest)}`,
        `${this.column('expiresAt')} > ${this.engine.instantFromNow(0)}`,
        ...this.belongsTo(who, value),
      ].join(' AND '),
    );
    const taking = { table: this.path, columns: columns.map((name) => this.column(name)), where };
    const [row] = await this.statements.take(taking, 'Reading an authorization');
    return row ? (Object.fromEntries(columns.map((name, index) => [name, row[index]])) as never) : null;
  }

  /** @returns whether there were any */
  deleteOf(userId: string): Promise<boolean> {
    const deletion = statement(
      this.engine,
      (value) =>
        `DELETE FROM ${this.path} WHERE ${this.engine.isExactly(this.column('userId'), value(userId))}`,
    );
    return this.statements.touches(deletion, 'Deleting authorizations');
  }

  /** Where both are given, both must match: another user's session in the same browser is not enough. */
  private belongsTo({ userId, browserBinding }: Returning, value: (given: unknown) => string): string[] {
    const binding = this.column('browserBinding');
    const unbound = `${binding} IS NULL`;
    const user = userId === undefined ? [] : [this.engine.isExactly(this.column('userId'), value(userId))];
    if (browserBinding === undefined) return [...user, unbound];
    const bound = `${binding} = ${value(browserBinding)}`;
    return [...user, userId === undefined ? bound : `(${unbound} OR ${bound})`];
  }

  /**
   * Deletes flows that were never completed, and the oldest of users who have begun many, at most once a minute, when another
   * flow begins.
   */
  private async sweep(): Promise<void> {
    const now = performance.now();
    if (this.sweptAt !== 0 && now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    this.begun.clear();
    const isOver = `${this.column('expiresAt')} <= ${this.engine.instantFromNow(0)}`;
    await this.deleted({ sql: `DELETE FROM ${this.path} WHERE ${isOver}` });
    const eachUser = `PARTITION BY ${this.engine.exactText(this.column('userId'))} `;
    await this.deleted({ sql: `DELETE FROM ${this.path} WHERE ${this.isBeyondTheNewest(eachUser)}` });
  }

  /** For a user who has begun many flows in this process since the last sweep. */
  private async deleteOldestOf(userId: string): Promise<void> {
    const deletion = statement(this.engine, (value) => {
      const ofUser = () => this.engine.isExactly(this.column('userId'), value(userId));
      const newest = this.isBeyondTheNewest('', `WHERE ${ofUser()}`);
      return `DELETE FROM ${this.path} WHERE ${newest} AND ${ofUser()}`;
    });
    await this.deleted(deletion);
  }

  /** Two levels deep, since MariaDB does not read the table that it deletes from. */
  private isBeyondTheNewest(partition: string, where = ''): string {
    const [state, expiresAt] = [this.column('state'), this.column('expiresAt')];
    const place = `ROW_NUMBER() OVER (${partition}ORDER BY ${expiresAt} DESC) AS place`;
    const ranked = `(SELECT ${state}, ${place} FROM ${this.path} ${where}) ranked`;
    return `${state} IN (SELECT ${state} FROM ${ranked} WHERE place > ${MOST_PER_USER})`;
  }

  /** A flow does not fail because others could not be deleted. */
  private async deleted(deletion: Statement): Promise<void> {
    await this.statements.touches(deletion, 'Deleting old authorizations').catch(() => undefined);
  }
}

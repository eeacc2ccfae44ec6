/**
 * Authorizations in flight: made with the state's digest as their key, and taken once. Whoever deletes the row has it;
 * everybody else, however many at once, finds nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { Engine } from '../database/engine';
import { columnName, escapedPath } from '../database/path';
import type { Statement } from '../database/script';
import type { LookupOptions } from '../database/lookup';
import { Lookup } from '../database/lookup';
import type { RowValues } from '../database/rows';
import { TableStatements, statement } from '../database/table-statements';
import { ConnectionOAuthState } from '../entities';

/** What a flow began with. */
export interface FlowState {
  readonly userId: string;
  readonly connectionName: string;
  readonly account: string;
  /** Encrypted; null where PKCE is off. */
  readonly codeVerifier: string | null;
  readonly redirectUri: string;
  readonly issuer: string | null;
  readonly originHost: string | null;
  readonly returnTo: string | null;
  /** Separated by one space. */
  readonly requestedScopes: string | null;
  readonly configFingerprint: string;
  /** Digest of what the browser keeps; null when the user's session binds the flow. */
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

const LIFE_MS = 600_000;
const SWEEP_EVERY_MS = 60_000;

/** What is unguessable for as long as a flow lasts, and longer: 256 bits. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

export class StateRows {
  private readonly path: string;
  private readonly metadata: EntityMetadata;
  private readonly statements: TableStatements;
  private readonly lookup: Lookup;
  private sweptAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
    { timeoutMs, isPrepared }: LookupOptions,
  ) {
    this.metadata = dataSource.getMetadata(ConnectionOAuthState);
    this.path = escapedPath(dataSource, this.metadata.tablePath);
    this.statements = new TableStatements(dataSource, engine, timeoutMs);
    const selected = ['state', ...columns].map(
      (name) => `t.${this.column(name)} AS ${dataSource.driver.escape(name)}`,
    );
    const isLive = `CASE WHEN t.${this.column('expiresAt')} > ${engine.instantFromNow(0)} THEN 1 ELSE 0 END`;
    const select = `SELECT ${selected.join(', ')}, ${isLive} AS ${dataSource.driver.escape('isLive')} FROM ${this.path} t`;
    const query = { select, key: [`t.${this.column('state')}`], isPrepared };
    this.lookup = new Lookup(dataSource, engine, query, timeoutMs);
  }

  /** @param digest of the state */
  async put(digest: string, flow: FlowState): Promise<void> {
    const names = ['state', ...columns, 'createdAt', 'expiresAt'].map((name) => this.column(name));
    const insert = statement(this.engine, (value) => {
      const values = [value(digest), ...columns.map((name) => value(flow[name]))];
      const instants = [this.engine.instantFromNow(0), this.engine.instantFromNow(LIFE_MS)];
      return `INSERT INTO ${this.path} (${names.join(', ')}) VALUES (${[...values, ...instants].join(', ')})`;
    });
    await this.statements.touches(insert, 'Beginning an authorization');
    await this.sweep();
  }

  /**
   * @param isAllowed whether whoever asks may have it; the row stays for who may
   * @returns null when there is none, it is too old, it is not allowed, or another took it
   */
  async take(digest: string, isAllowed: (flow: FlowState) => boolean): Promise<FlowState | null> {
    const [row] = await this.lookup.find([digest]);
    const flow = row && flowOf(row);
    if (!flow || !isAllowed(flow)) return null;
    return (await this.statements.touches(this.delete(digest), 'Ending an authorization')) ? flow : null;
  }

  /** @returns whether there were any */
  deleteOf(userId: string): Promise<boolean> {
    const deletion = statement(
      this.engine,
      (value) => `DELETE FROM ${this.path} WHERE ${this.column('userId')} = ${value(userId)}`,
    );
    return this.statements.touches(deletion, 'Deleting authorizations');
  }

  private delete(digest: string): Statement {
    return statement(
      this.engine,
      (value) =>
        `DELETE FROM ${this.path} WHERE ${this.column('state')} = ${value(digest)} ` +
        `AND ${this.column('expiresAt')} > ${this.engine.instantFromNow(0)}`,
    );
  }

  /** What nobody came back for, now and then: a flow that begins pays for those that ended. */
  private async sweep(): Promise<void> {
    const now = performance.now();
    if (this.sweptAt !== 0 && now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    const sql = `DELETE FROM ${this.path} WHERE ${this.column('expiresAt')} <= ${this.engine.instantFromNow(0)}`;
    // A flow does not fail because old ones could not be swept.
    await this.statements.touches({ sql }, 'Sweeping authorizations').catch(() => undefined);
  }

  private column(property: string): string {
    return this.dataSource.driver.escape(columnName(this.metadata, property));
  }
}

/** @returns undefined for one that is too old */
function flowOf(values: RowValues): FlowState | undefined {
  const entries = columns.map((name, index) => [name, values[index + 1]]);
  return Number(values[columns.length + 1]) === 1 ? (Object.fromEntries(entries) as FlowState) : undefined;
}

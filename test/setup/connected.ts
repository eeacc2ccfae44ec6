/** A migrated database, a real authorization server and as many `Connections` over them as replicas would have. */
import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { beforeAll, onTestFinished } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/config/definition';
import type { ConnectionsDocument, ConnectionsOptions } from '../../src';
import {
  ConnectionOAuthState,
  Connections,
  UserConnectionToken,
  connectionRegistry,
  keyRing,
  runConnectionMigrations,
} from '../../src';
import { parseConnections } from '../../src/config/parse';
import type { ParsedConnections } from '../../src/config/parse';
import type { IssuedGrant } from './authorization-server';
import { atEndOfTests } from './at-end';
import { AuthorizationServer, CLIENT_ID, CLIENT_SECRET } from './authorization-server';
import type { TestDatabase } from './database';
import { testDatabase } from './database';
import { declaration, entry } from './declarations';
import type { EngineName } from './engine-name';
import { recordingLogger } from './recording-logger';

export const HOUR_MS = 3_600_000;

/** A key of 32 bytes that is the same each time. */
export const keyOf = (character: string) => Buffer.alloc(32, character).toString('base64');

export class ConnectedHost {
  readonly logger = recordingLogger();
  readonly cipher = keyRing({ current: 'k1', keys: { k1: randomBytes(32) } });
  private readonly made: Connections[] = [];
  private users = 0;

  server!: AuthorizationServer;
  dataSource!: DataSource;
  private database!: TestDatabase;

  private constructor(readonly engine: EngineName) {}

  /** To be called in a `describe`, whose tests share it. */
  static forTests(engine: EngineName): ConnectedHost {
    const host = new ConnectedHost(engine);
    const atEnd = atEndOfTests();
    beforeAll(() => host.start(atEnd));
    return host;
  }

  /** @param atEnd registers the clean-up */
  static async open(
    engine: EngineName,
    atEnd: (cleanUp: () => Promise<void>) => void,
  ): Promise<ConnectedHost> {
    const host = new ConnectedHost(engine);
    await host.start(atEnd);
    return host;
  }

  private async start(atEnd: (cleanUp: () => Promise<void>) => void): Promise<void> {
    this.database = await testDatabase(this.engine, atEnd);
    this.dataSource = await this.newDataSource();
    await runConnectionMigrations(this.dataSource);
    this.server = await AuthorizationServer.start();
    atEnd(async () => {
      for (const connections of this.made) await connections.close();
      await this.server.stop();
    });
  }

  newDataSource(): Promise<DataSource> {
    return this.database.connect();
  }

  /** The declaration of `atlassian` at the server, with what a test changes in its `oauth_config`. */
  config(changes: Readonly<Record<string, JsonValue | undefined>> = {}, more: JsonObject = {}) {
    const oauth_config: Record<string, JsonValue | undefined> = {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      authorize_url: `${this.server.issuer}/auth`,
      token_url: this.server.tokenUrl,
      revoke_url: this.server.revokeUrl,
      scopes: 'openid offline_access read',
      ...changes,
    };
    return declaration({ atlassian: entry({ oauth_config: oauth_config as JsonObject, ...more }) });
  }

  registry(config: ConnectionsDocument | ParsedConnections = this.config()) {
    return connectionRegistry(parseConnections(config));
  }

  /** One replica, on the given DataSource or on the first. */
  connections(
    options: Partial<ConnectionsOptions> = {},
    config: ConnectionsDocument | ParsedConnections = this.config(),
    dataSource: DataSource = this.dataSource,
  ): Connections {
    const { cipher, logger } = this;
    const connections = new Connections(
      { dataSource, registry: this.registry(config) },
      { cipher, logger, ...options },
    );
    this.made.push(connections);
    return connections;
  }

  /** One replica on a DataSource of its own. */
  async replica(
    options: Partial<ConnectionsOptions> = {},
    config?: ConnectionsDocument | ParsedConnections,
  ): Promise<Connections> {
    return this.connections(options, config, await this.newDataSource());
  }

  /** A user who has connected; the token has expired unless it is said to live. */
  async user(
    connections: Connections,
    lives = 0,
    account?: string,
  ): Promise<{ id: string; grant: IssuedGrant }> {
    const id = `user-${(this.users += 1)}`;
    const grant = await this.server.grant(id);
    const { accessToken, refreshToken } = grant;
    const expiresAt = new Date(Date.now() + HOUR_MS);
    await connections.importTokens(id, 'atlassian', { accessToken, refreshToken, expiresAt }, { account });
    await this.expire(id, lives);
    return { id, grant };
  }

  /** Lets the tokens of a user expire in so many milliseconds, as if they had been issued an hour ago. */
  async expire(userId: string, inMs = 0): Promise<void> {
    const expiresAt = new Date(Date.now() + inMs);
    const updatedAt = new Date(Date.now() - HOUR_MS);
    await this.rows.update({ userId }, { expiresAt, updatedAt });
  }

  /** As if every flow in progress had been swept. */
  async forgetFlows(): Promise<void> {
    await this.dataSource.getRepository(ConnectionOAuthState).deleteAll();
  }

  /** A table's new name, as this engine wants it said in a statement that renames. */
  renamedTo(name: string): string {
    return this.engine === 'mariadb' ? this.rows.metadata.tablePath.replace(/[^.]+$/, name) : name;
  }

  /**
   * Renames the table of tokens, until the test ends at the latest: no statement finds it.
   * @returns names it again as before
   */
  async hideTokens(): Promise<() => Promise<void>> {
    const { tablePath } = this.rows.metadata;
    const hidden = tablePath.replace(/[^.]+$/, 'hidden_tokens');
    await this.dataSource.query(`ALTER TABLE ${tablePath} RENAME TO ${this.renamedTo('hidden_tokens')}`);
    let isHidden = true;
    const show = async () => {
      if (!isHidden) return;
      await this.dataSource.query(
        `ALTER TABLE ${hidden} RENAME TO ${this.renamedTo('user_connection_tokens')}`,
      );
      isHidden = false;
    };
    onTestFinished(show);
    return show;
  }

  get rows() {
    return this.dataSource.getRepository(UserConnectionToken);
  }

  row(userId: string): Promise<UserConnectionToken> {
    return this.rows.findOneByOrFail({ userId });
  }
}

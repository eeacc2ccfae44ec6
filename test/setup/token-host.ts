/** A migrated database and `Connections` over it, for tests that need no authorization server, since that takes long to load. */
import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { In } from 'typeorm';
import { beforeAll } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import type { ConnectionsOptions } from '../../src';
import {
  Connections,
  UserConnectionToken,
  connectionRegistry,
  keyRing,
  runConnectionMigrations,
} from '../../src';
import { atEndOfTests } from './at-end';
import { testDatabase } from './database';
import { declaration, entry } from './declarations';
import type { EngineName } from './engine-name';
import { recordingLogger } from './recording-logger';

const HOUR_MS = 3_600_000;

export class TokenHost {
  readonly cipher = keyRing({ current: 'k1', keys: { k1: randomBytes(32) } });
  dataSource!: DataSource;
  private readonly made: Connections[] = [];

  /** To be called in a `describe`, whose tests share it. */
  constructor(engine: EngineName) {
    const atEnd = atEndOfTests();
    beforeAll(async () => {
      this.dataSource = await (await testDatabase(engine, atEnd)).connect();
      await runConnectionMigrations(this.dataSource);
      atEnd(async () => {
        for (const connections of this.made) await connections.close();
      });
    });
  }

  /** One replica that declares `atlassian`, at an endpoint. */
  connections(
    origin: string,
    options: Partial<ConnectionsOptions> = {},
    changes: JsonObject = {},
  ): Connections {
    const oauth_config: JsonObject = {
      client_id: 'c',
      client_secret: 's',
      authorize_url: `${origin}/authorize`,
      token_url: `${origin}/token`,
      revoke_url: `${origin}/revoke`,
      scopes: 'openid offline_access read',
      ...changes,
    };
    const registry = connectionRegistry(
      parseConnections(declaration({ atlassian: entry({ oauth_config }) })),
    );
    const { dataSource, cipher } = this;
    const connections = new Connections(
      { dataSource, registry },
      { cipher, logger: recordingLogger(), ...options },
    );
    this.made.push(connections);
    return connections;
  }

  /**
   * Users who have connected, with tokens that have their name in them.
   * @param livesMs how long the tokens live yet, as if they had been issued an hour ago
   */
  async importUsers(connections: Connections, ids: readonly string[], livesMs = 0): Promise<void> {
    const { failures } = await connections.importAll(
      ids.map((userId) => ({
        userId,
        connectionName: 'atlassian',
        accessToken: `old of ${userId}`,
        refreshToken: `refresh of ${userId}`,
        expiresAt: new Date(Date.now() + HOUR_MS),
      })),
    );
    if (failures.length > 0) throw new Error('not all tokens were imported');
    const [expiresAt, updatedAt] = [new Date(Date.now() + livesMs), new Date(Date.now() - HOUR_MS)];
    await this.rows.update({ userId: In([...ids]) }, { expiresAt, updatedAt });
  }

  get rows() {
    return this.dataSource.getRepository(UserConnectionToken);
  }

  row(userId: string): Promise<UserConnectionToken> {
    return this.rows.findOneByOrFail({ userId });
  }
}

/** What a host does with its own transactions and tables takes no token with it, and gives none to another user. */
import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Connections,
  UserConnectionToken,
  connectionRegistry,
  keyRing,
  runConnectionMigrations,
} from '../../src';
import { parseConnections } from '../../src/config/parse';
import { ConnectedHost } from '../setup/connected';
import { describeEachEngine, testDatabase } from '../setup/database';
import { declaration, entry } from '../setup/declarations';
import type { EngineName } from '../setup/engine-name';
import { recordingLogger } from '../setup/recording-logger';

function connectionsOn(dataSource: DataSource): Connections {
  const connections = new Connections(
    { dataSource, registry: connectionRegistry(parseConnections(declaration({ atlassian: entry() }))) },
    { cipher: keyRing({ current: 'k1', keys: { k1: randomBytes(32) } }), logger: recordingLogger() },
  );
  onTestFinished(() => connections.close());
  return connections;
}

describeEachEngine('A host', (engine) => {
  it('that rolls its transaction back keeps the token that was renewed in it', async () => {
    const host = await ConnectedHost.open(engine, onTestFinished);
    await readersBesideWriters[engine](host.dataSource);
    const connections = host.connections();
    const { id, grant } = await host.user(connections);
    const served: string[] = [];
    const rolledBack = host.dataSource.transaction(async (manager) => {
      await manager.getRepository(UserConnectionToken).count();
      served.push((await connections.getAccessToken(id, 'atlassian')).accessToken);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect((await connections.getAccessToken(id, 'atlassian')).accessToken).toBe(served[0]);
    await host.expire(id);
    await connections.getAccessToken(id, 'atlassian');
    expect(host.server.revokedGrants).not.toContain(grant.grantId);
  });

  it.skipIf(engine !== 'mariadb')(
    'on a server that counts no spaces at the end of an id is told so, and no token crosses over',
    async () => {
      const dataSource = await (await testDatabase(engine)).connect();
      await runConnectionMigrations(dataSource);
      const connections = connectionsOn(dataSource);
      await dataSource.query(
        'ALTER TABLE user_connection_tokens MODIFY user_id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL',
      );
      await connections.importTokens('ada', 'atlassian', { accessToken: 'at-ada' });
      await expect(
        connections.importTokens('ada ', 'atlassian', { accessToken: 'at-other' }),
      ).rejects.toMatchObject({
        code: 'account_taken',
        message: expect.stringMatching(/spaces at its end.*use ids without them/),
      });
      await expect(connections.getAccessToken('ada ', 'atlassian')).rejects.toMatchObject({
        code: 'not_connected',
      });
      expect((await connections.getAccessToken('ada', 'atlassian')).accessToken).toBe('at-ada');
    },
  );

  it('whose own column takes two users for one is told so, and no token crosses over', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    const connections = connectionsOn(dataSource);
    const held = heldUserIds[engine];
    if (held !== undefined) await dataSource.query(held);
    await connections.importTokens('Ada', 'atlassian', { accessToken: 'at-Ada' });
    await expect(connections.getAccessToken('ada', 'atlassian')).rejects.toMatchObject({
      code: 'not_connected',
    });
    expect(await connections.list('ada')).toMatchObject([{ status: 'not_connected' }]);
    const importing = connections.importTokens('ada', 'atlassian', { accessToken: 'at-ada' });
    const outcome = await importing.then(
      () => 'stored',
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe(held === undefined ? 'stored' : 'account_taken');
    expect((await connections.getAccessToken('Ada', 'atlassian')).accessToken).toBe('at-Ada');
    expect(await connections.forgetUser('ada')).toBe(held === undefined ? 1 : 0);
    expect((await connections.getAccessToken('Ada', 'atlassian')).accessToken).toBe('at-Ada');
  });
});

// Only a file has one lock for everybody.
describe('A host on SQLite', () => {
  it('that holds a file without WAL in its own transaction is told so, and nothing is lost', async () => {
    const host = await ConnectedHost.open('sqlite', onTestFinished);
    const connections = host.connections();
    const impatient = host.connections({ lockTimeoutMs: 100 });
    const { id } = await host.user(connections);
    await host.dataSource.transaction(async (manager) => {
      await manager.getRepository(UserConnectionToken).count();
      await expect(impatient.getAccessToken(id, 'atlassian')).rejects.toMatchObject({
        code: 'database_busy',
      });
    });
    expect(host.server.tokenRequests).toBe(0);
    expect(await host.server.isLive((await connections.getAccessToken(id, 'atlassian')).accessToken)).toBe(
      true,
    );
  });
});

const nothing = async () => undefined;

const readersBesideWriters: Readonly<Record<EngineName, (dataSource: DataSource) => Promise<unknown>>> = {
  sqlite: (dataSource) => dataSource.query('PRAGMA journal_mode = WAL'),
  postgres: nothing,
  mariadb: nothing,
};

/** As a foreign key of the host's leaves the column, on the engine whose keys compare without case. */
const heldUserIds: Readonly<Partial<Record<EngineName, string>>> = {
  mariadb:
    'ALTER TABLE user_connection_tokens MODIFY user_id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL',
};

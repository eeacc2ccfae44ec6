/** What the original service was tested with: a fresh database, one that is there, a whole flow, and restarts around it. */
import type { DataSource } from 'typeorm';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { Connections, MetadataStore, UserConnectionToken, keyRing } from '../src';
import { bareGcmFormat, fernetFormat } from '../src/legacy';
import { AuthorizationServer, CLIENT_ID, CLIENT_SECRET } from './setup/authorization-server';
import { keyOf } from './setup/connected';
import { testDatabase } from './setup/database';
import { declaration, entry } from './setup/declarations';
import type { EngineName } from './setup/engine-name';
import { generations, loadLegacy } from './setup/legacy';
import { recordingLogger } from './setup/recording-logger';

const secret = 'legacy-jwt-secret-for-fixtures';
const cipher = keyRing({
  current: 'k1',
  keys: { k1: keyOf('1') },
  legacy: [fernetFormat(secret), bareGcmFormat(secret)],
});

describe.each(inject('engines') as readonly EngineName[])('A service on %s', (engine) => {
  /** Starts the service as a process would, on a DataSource of its own. */
  async function service(before: (dataSource: DataSource) => Promise<void> = async () => undefined) {
    const database = await testDatabase(engine);
    const server = await AuthorizationServer.start();
    onTestFinished(() => server.stop());
    const oauth_config = {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      authorize_url: `${server.issuer}/auth`,
      token_url: server.tokenUrl,
      revoke_url: server.revokeUrl,
      scopes: 'openid offline_access',
      authorize_params: { prompt: 'consent' },
    };
    const config = declaration({ atlassian: entry({ oauth_config }), github: entry({ oauth_config }) });
    await before(await database.connect());
    const start = async () => {
      const logger = recordingLogger();
      const store = new MetadataStore({ dataSource: await database.connect(), config, logger });
      await store.initialize();
      const connections = new Connections(store, { cipher, logger, publicUrl: 'https://api.example.test' });
      const stop = async () => {
        await connections.close();
        await store.dataSource.destroy();
      };
      onTestFinished(() => connections.close());
      return { connections, store, stop };
    };
    return { server, start };
  }

  const begin = async ({ connections }: { connections: Connections }, server: AuthorizationServer) => {
    const { authorizationUrl } = await connections.authorize('u-lin', 'atlassian');
    return server.visit(authorizationUrl);
  };
  const token = async ({ connections }: { connections: Connections }, userId = 'u-lin') =>
    (await connections.getAccessToken(userId, 'atlassian')).accessToken;

  it('runs a whole flow on a fresh database', async () => {
    const { server, start } = await service();
    const running = await start();
    const at = await begin(running, server);
    await running.connections.complete(at, { userId: 'u-lin' });
    expect(await server.isLive(await token(running))).toBe(true);
    expect(await running.connections.list('u-lin')).toMatchObject([
      { name: 'atlassian', status: 'connected' },
      { name: 'github', status: 'not_connected' },
    ]);
    expect(await running.connections.disconnect('u-lin', 'atlassian')).toMatchObject({
      revocation: 'revoked',
    });
  });

  it.each(generations)(
    'runs it beside the users that another program left (generation %s)',
    { tags: ['long'] },
    async (generation) => {
      const { server, start } = await service((dataSource) => loadLegacy(dataSource, engine, generation));
      const running = await start();
      const repository = running.store.dataSource.getRepository(UserConnectionToken);
      await repository.update({ userId: 'u-ada' }, { expiresAt: null });
      expect(await token(running, 'u-ada')).toBe('at-ada-atlassian');
      await running.connections.complete(await begin(running, server), { userId: 'u-lin' });
      expect(await server.isLive(await token(running))).toBe(true);
      expect(await repository.count()).toBe(4);
    },
  );

  it('goes on after a restart in the middle of a flow, and after it', async () => {
    const { server, start } = await service();
    const first = await start();
    const at = await begin(first, server);
    await first.stop();
    const second = await start();
    await second.connections.complete(at, { userId: 'u-lin' });
    const before = await token(second);
    await second.stop();
    const third = await start();
    expect(await token(third)).toBe(before);
    const repository = third.store.dataSource.getRepository(UserConnectionToken);
    await repository.update({ userId: 'u-lin' }, { expiresAt: new Date(0) });
    await third.stop();
    const fourth = await start();
    const after = await token(fourth);
    expect([after === before, await server.isLive(after), server.refreshes]).toEqual([false, true, 1]);
  });
});

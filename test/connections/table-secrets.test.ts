/** Who can write the tables, and has no key, gets no secret of the host sent anywhere, and no refresh token. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionConfig, Connections, syncConnectionConfigs, tableRegistry } from '../../src';
import type { TableRegistryOptions } from '../../src/sync/row-secret';
import { atEndOfTests } from '../setup/at-end';
import { CLIENT_SECRET } from '../setup/authorization-server';
import { ConnectedHost, HOUR_MS, keyOf } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { Site } from '../setup/site';

const keys = `k1:${keyOf('1')}`;
const rejected = { code: 'connection_rejected', connectionName: 'atlassian' };

describeEachEngine('Write access to the tables', (engine) => {
  const host = ConnectedHost.forTests(engine);
  const atEnd = atEndOfTests();
  let evil: Site;
  let keyFile: string;
  beforeAll(async () => {
    evil = await Site.open(atEnd);
    const folder = await mkdtemp(join(tmpdir(), 'mcp-connections-'));
    atEnd(() => rm(folder, { recursive: true }));
    keyFile = join(folder, 'keys');
    await writeFile(keyFile, keys);
    vi.stubEnv('CONNECTION_KEYS', keys);
    vi.stubEnv('ATLASSIAN_SECRET', CLIENT_SECRET);
    atEnd(async () => vi.unstubAllEnvs());
  });
  beforeEach(async () => {
    evil.requests.length = 0;
    await syncConnectionConfigs(declared(), configs());
  });

  const declared = () => host.config({ client_secret: undefined, client_secret_env: 'ATLASSIAN_SECRET' });
  const configs = () => host.dataSource.getRepository(ConnectionConfig);
  const edit = (changes: object) => configs().update({ name: 'atlassian' }, changes);

  function connectionsOver(options?: TableRegistryOptions): Connections {
    const registry = tableRegistry(configs(), options);
    const { dataSource, logger } = host;
    const connections = new Connections(
      { dataSource, registry },
      {
        keys,
        publicUrl: 'https://api.example.test',
        logger,
      },
    );
    atEnd(() => connections.close());
    return connections;
  }

  /** Everything that would send a client secret. */
  async function attempts(connections: Connections, userId: string) {
    const named = [userId, 'atlassian'] as const;
    return [
      await connections.getAccessToken(...named).catch((error: unknown) => error),
      await connections.getAccessToken(...named, { rejectedToken: 'at' }).catch((error: unknown) => error),
      await connections.authorize(...named).catch((error: unknown) => error),
    ];
  }

  it('leaves the declared secret where the document sends it', async () => {
    const connections = connectionsOver({ document: declared() });
    const { id, grant } = await host.user(connections);
    expect((await connections.getAccessToken(id, 'atlassian')).accessToken).not.toBe(grant.accessToken);
  });

  it.each<[string, () => object]>([
    ['the variable of the key ring', () => ({ oauthOptions: { client_secret_env: 'CONNECTION_KEYS' } })],
    ['a file', () => ({ oauthOptions: { client_secret_file: keyFile } })],
    ['the declared secret', () => ({})],
    [
      'the declared secret with another way to send it',
      () => ({
        oauthOptions: {
          client_secret_env: 'ATLASSIAN_SECRET',
          refresh_url: `${evil.origin}/refresh`,
          revoke_url: `${evil.origin}/revoke`,
        },
      }),
    ],
  ])('does not get %s sent to another server', async (_what, changes) => {
    const before = connectionsOver({ document: declared() });
    const { id } = await host.user(before);
    await edit({ oauthTokenUrl: `${evil.origin}/token`, ...changes() });
    await host.rows.update({ userId: id }, { configFingerprint: null });
    for (const connections of [before, connectionsOver(), connectionsOver({ allowSecret: () => false })]) {
      const failed = [rejected, rejected, rejected];
      expect(await attempts(connections, id)).toMatchObject(failed);
      expect(await connections.refreshExpiring({ withinMs: HOUR_MS })).toMatchObject({ refreshed: 0 });
    }
    expect(await before.disconnect(id, 'atlassian')).toEqual({ removed: true, revocation: 'failed' });
    expect(evil.requests).toEqual([]);
  });

  it('does not get a flow that has begun to send a secret elsewhere', async () => {
    const connections = connectionsOver({ document: declared() });
    const { authorizationUrl } = await connections.authorize('ada', 'atlassian');
    const { searchParams } = new URL(authorizationUrl);
    const { pathname } = new URL(searchParams.get('redirect_uri') ?? '');
    const callback = `${pathname}?code=c&state=${searchParams.get('state') ?? ''}`;
    await edit({
      oauthTokenUrl: `${evil.origin}/token`,
      oauthOptions: { client_secret_env: 'CONNECTION_KEYS' },
    });
    await expect(connections.complete(callback, { userId: 'ada' })).rejects.toMatchObject(rejected);
    expect(evil.requests).toEqual([]);
  });

  it('does not get a refresh token sent to another server', async () => {
    const connections = connectionsOver({ document: declared() });
    const { id } = await host.user(connections);
    await edit({ oauthTokenUrl: `${evil.origin}/token`, oauthOptions: null });
    const required = { code: 'reauthorization_required', reason: 'configuration_changed' };
    await expect(connections.getAccessToken(id, 'atlassian')).rejects.toMatchObject(required);
    await host.rows.update({ userId: id }, { configFingerprint: null });
    await expect(connections.getAccessToken(id, 'atlassian')).rejects.toMatchObject(required);
    await connections.disconnect(id, 'atlassian');
    expect(evil.requests).toEqual([]);
  });
});

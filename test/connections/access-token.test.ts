import { beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { shortenPauses } from '../setup/short-pauses';

describeEachEngine('getAccessToken', (engine) => {
  const host = ConnectedHost.forTests(engine);
  shortenPauses();
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });

  const token = async (id: string, options?: object, from: Connections = connections) =>
    (await from.getAccessToken(id, 'atlassian', options)).accessToken;

  it('serves the stored token while it lives, and asks nobody', async () => {
    const { id, grant } = await host.user(connections, HOUR_MS);
    const asked = host.server.tokenRequests;
    const served = await connections.getAccessToken(id, 'atlassian');
    expect(served).toEqual({
      accessToken: grant.accessToken,
      expiresAt: (await host.row(id)).expiresAt,
      scopes: ['openid', 'offline_access', 'read'],
    });
    expect(host.server.tokenRequests).toBe(asked);
  });

  it('does not serve tokens of which an empty text says what they were issued under', async () => {
    for (const generation of [0, 1]) {
      const { id } = await host.user(connections, 2 * HOUR_MS);
      await host.rows.update({ userId: id }, { configFingerprint: '', generation });
      await expect(token(id)).rejects.toMatchObject({ code: 'reauthorization_required' });
      const [listed] = await connections.list(id);
      expect(listed?.status).toBe('reauthorization_required');
    }
  });

  it('says when the DataSource was closed under it, and serves again when that is open again', async () => {
    const dataSource = await host.newDataSource();
    const replica = host.connections({}, undefined, dataSource);
    const { id, grant } = await host.user(connections, 2 * HOUR_MS);
    expect(await token(id, {}, replica)).toBe(grant.accessToken);
    await dataSource.destroy();
    await expect(token(id, {}, replica)).rejects.toMatchObject({ code: 'data_source_not_initialized' });
    await expect(replica.list(id)).rejects.toMatchObject({ code: 'data_source_not_initialized' });
    await dataSource.initialize();
    expect(await token(id, {}, replica)).toBe(grant.accessToken);
  });

  it('serves users whose ids have several lines what is their own', async () => {
    const ids = ['ada\natlassian', 'ada', 'ada\natlassian\ndefault'];
    const tokens = ids.map((_, index) => ({
      accessToken: `of-${index}`,
      expiresAt: new Date(Date.now() + HOUR_MS),
    }));
    for (const [index, id] of ids.entries()) {
      await connections.importTokens(id, 'atlassian', tokens[index] as (typeof tokens)[number]);
    }
    expect(await Promise.all(ids.map((id) => token(id)))).toEqual(['of-0', 'of-1', 'of-2']);
  });

  it('renews an expired token once for all callers of all replicas, round after round', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => host.replica()));
    const { id, grant } = await host.user(connections);
    for (let round = 1; round <= 3; round += 1) {
      const before = host.server.refreshes;
      const callers = [...replicas, connections].flatMap((one) =>
        Array.from({ length: 20 }, () => token(id, {}, one)),
      );
      const served = new Set(await Promise.all(callers));
      expect([served.size, host.server.refreshes - before]).toEqual([1, 1]);
      expect(await host.server.isLive([...served].join())).toBe(true);
      await host.expire(id);
    }
    expect(host.server.revokedGrants).not.toContain(grant.grantId);
  });

  it('serves the old token at once near its end, and gets the new one aside', async () => {
    const { id, grant } = await host.user(connections, 5_000);
    const renewed = new Promise<unknown>((resolve) => connections.on('refreshed', resolve));
    expect(await token(id)).toBe(grant.accessToken);
    expect(await renewed).toEqual({ userId: id, connectionName: 'atlassian', account: 'default' });
    expect(await token(id)).not.toBe(grant.accessToken);
  });

  it('renews a token that the API has refused, once, and only if it is the stored one', async () => {
    const { id, grant } = await host.user(connections, HOUR_MS);
    const rejected = grant.accessToken;
    const served = await Promise.all(Array.from({ length: 5 }, () => token(id, { rejectedToken: rejected })));
    expect(new Set(served).size).toBe(1);
    expect(served[0]).not.toBe(rejected);
    expect(await token(id, { rejectedToken: rejected })).toBe(served[0]);
  });
});

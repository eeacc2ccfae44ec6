import { beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';

describeEachEngine('Connections', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });

  /** One after another: statements of sqlite3 that wait for the file keep threads that who holds it needs. */
  const several = async (count: number) => {
    const users: { id: string }[] = [];
    while (users.length < count) users.push(await host.user(connections));
    return users;
  };

  it('list every connection, with the accounts that a user has at it', async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const work = { accessToken: 'at-work', expiresAt, scopes: ['read'], providerMetadata: { team: 'x' } };
    await connections.importTokens('lister', 'atlassian', { accessToken: 'at' });
    await connections.importTokens('lister', 'atlassian', work, { account: 'work' });
    const [atlassian] = await connections.list('lister');
    expect(atlassian).toEqual({
      name: 'atlassian',
      displayName: 'Atlassian',
      description: 'Connect to atlassian',
      iconUrl: null,
      url: 'https://mcp.example.test/mcp',
      transport: 'sse',
      status: 'connected',
      accounts: [
        {
          account: 'default',
          status: 'connected',
          renewable: false,
          scopes: ['openid', 'offline_access', 'read'],
          expiresAt: null,
          connectedAt: expect.any(Date),
          providerMetadata: null,
        },
        {
          account: 'work',
          status: 'connected',
          renewable: false,
          scopes: ['read'],
          expiresAt,
          connectedAt: expect.any(Date),
          providerMetadata: { team: 'x' },
        },
      ],
    });
    expect(await connections.list('Lister')).toMatchObject([{ status: 'not_connected', accounts: [] }]);
  });

  it('import nothing over tokens that are there, so that an import may run twice', async () => {
    const issued = { accessToken: 'at-1', refreshToken: 'rt-1' };
    expect(await connections.importTokens('twice', 'atlassian', issued)).toBe(true);
    const before = await host.row('twice');
    expect(await connections.importTokens('twice', 'atlassian', { ...issued, accessToken: 'at-0' })).toBe(
      false,
    );
    expect(await host.row('twice')).toEqual(before);
  });

  it('import over tokens that were last saved before an instant, and over no later ones', async () => {
    await connections.importTokens('older', 'atlassian', { accessToken: 'at-1', refreshToken: 'rt-1' });
    const { updatedAt, id } = await host.row('older');
    const over = (replaceSavedBefore: Date) =>
      connections.importTokens('older', 'atlassian', { accessToken: 'at-2' }, { replaceSavedBefore });
    expect(await over(updatedAt)).toBe(false);
    expect(await over(new Date(updatedAt.getTime() + 1))).toBe(true);
    expect((await connections.getAccessToken('older', 'atlassian')).accessToken).toBe('at-2');
    expect(await host.row('older')).toMatchObject({ id, generation: 2, refreshTokenEncrypted: null });
  });

  it('import over tokens whose user would have to connect again, whenever that was found out', async () => {
    await connections.importTokens('dead', 'atlassian', { accessToken: 'at-1' });
    await host.rows.update({ userId: 'dead' }, { status: 'reauthorization_required' });
    const importing = (options = {}) =>
      connections.importTokens('dead', 'atlassian', { accessToken: 'at-2' }, options);
    expect(await importing()).toBe(false);
    expect(await importing({ replaceSavedBefore: new Date(0) })).toBe(true);
    expect((await connections.getAccessToken('dead', 'atlassian')).accessToken).toBe('at-2');
  });

  it('import for many at once: one where nothing is replaced, all where each may go over the others', async () => {
    const replicas = [connections, await host.replica(), await host.replica(), await host.replica()];
    const importAll = (userId: string, replaceSavedBefore?: Date) =>
      Promise.all(
        [...replicas, ...replicas].map((replica, index) =>
          replica.importTokens(userId, 'atlassian', { accessToken: `at-${index}` }, { replaceSavedBefore }),
        ),
      );
    expect((await importAll('race')).filter(Boolean)).toHaveLength(1);
    for (let round = 1; round <= 5; round += 1) {
      expect((await importAll('rush', new Date('2100-01-01'))).filter(Boolean)).toHaveLength(8);
      expect((await host.row('rush')).generation).toBe(8 * round);
    }
  });

  it('say why a user has to connect again', async () => {
    const past = new Date(Date.now() - HOUR_MS);
    await connections.importTokens('expired', 'atlassian', { accessToken: 'at', expiresAt: past });
    expect(await connections.list('expired')).toMatchObject([
      { status: 'reauthorization_required', accounts: [{ reason: 'expired' }] },
    ]);
    await expect(connections.getAccessToken('expired', 'atlassian')).rejects.toMatchObject({
      code: 'reauthorization_required',
      connectionName: 'atlassian',
      account: 'default',
      reason: 'expired',
      message: expect.stringContaining('no refresh token'),
    });
    const forever = { accessToken: 'at' };
    await connections.importTokens('refused', 'atlassian', forever);
    await expect(
      connections.getAccessToken('refused', 'atlassian', { rejectedToken: 'at' }),
    ).rejects.toMatchObject({
      code: 'reauthorization_required',
      reason: 'rejected',
      message: expect.stringContaining('rejected the access token'),
    });
  });

  it('keep the accounts of a user apart', async () => {
    await connections.importTokens('two', 'atlassian', { accessToken: 'at-1' });
    await connections.importTokens('two', 'atlassian', { accessToken: 'at-2' }, { account: 'second' });
    expect((await connections.getAccessToken('two', 'atlassian')).accessToken).toBe('at-1');
    expect((await connections.getAccessToken('two', 'atlassian', { account: 'second' })).accessToken).toBe(
      'at-2',
    );
    await expect(connections.getAccessToken('two', 'atlassian', { account: 'third' })).rejects.toMatchObject({
      code: 'not_connected',
    });
  });

  it.each([
    [{}, 'accessToken'],
    [{ accessToken: '' }, 'accessToken'],
    [null, 'accessToken'],
    [{ accessToken: 'at-marked', refresh_token: 'rt' }, 'refreshToken'],
    [{ accessToken: 'at-marked', expires_in: 3600 }, 'expires_in'],
    [{ accessToken: 'at-marked', refreshToken: 7 }, 'refreshToken'],
    [{ accessToken: 'at-marked', expiresAt: '2026-01-01' }, 'expiresAt'],
    [{ accessToken: 'at-marked', expiresAt: new Date(Number.NaN) }, 'expiresAt'],
    [{ accessToken: 'at-marked', scopes: 'read write' }, 'scopes'],
    [{ accessToken: 'at-marked', scopes: ['read write'] }, 'scopes'],
    [{ accessToken: 'at-marked', tokenType: 1 }, 'tokenType'],
    [{ accessToken: 'at-marked', providerMetadata: [] }, 'providerMetadata'],
  ])('refuse to import %j', async (tokens, field) => {
    const imported = connections.importTokens('never', 'atlassian', tokens as never);
    const error: unknown = await imported.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'tokens_invalid', message: expect.stringContaining(field) });
    expect(String(error)).not.toContain('marked');
    expect(await host.rows.countBy({ userId: 'never' })).toBe(0);
  });

  it('refuse names that are not declared, and users that are none', async () => {
    const unknown = connections.getAccessToken('ada', 'atlasian');
    await expect(unknown).rejects.toMatchObject({ code: 'connection_unknown' });
    for (const userId of [undefined, null, '', 7]) {
      const call = connections.getAccessToken(userId as unknown as string, 'atlassian');
      await expect(call).rejects.toMatchObject({ code: 'account_invalid' });
    }
  });

  it('forget a user: the tokens are given back and the rows are gone', async () => {
    const { id, grant } = await host.user(connections, HOUR_MS);
    await connections.importTokens(
      id,
      'atlassian',
      { accessToken: 'unknown to the server' },
      { account: 'other' },
    );
    expect(await connections.forgetUser(id)).toBe(2);
    expect(await host.server.isGrantAlive(grant.grantId)).toBe(false);
    expect(await connections.list(id)).toMatchObject([{ status: 'not_connected' }]);
    expect(await connections.forgetUser(id)).toBe(0);
  });

  it('renew what expires soon, when the host says so, and count what came of it', async () => {
    await host.rows.deleteAll();
    const soon = await host.user(connections, 60_000);
    const later = await host.user(connections, HOUR_MS);
    const dead = await host.user(connections, 30_000);
    await host.server.end(dead.grant.grantId);
    const report = await connections.refreshExpiring({ withinMs: 300_000 });
    expect(report).toEqual({ refreshed: 1, skipped: 0, failed: 0, reauthorizationRequired: 1 });
    expect((await connections.getAccessToken(soon.id, 'atlassian')).accessToken).not.toBe(
      soon.grant.accessToken,
    );
    expect((await connections.getAccessToken(later.id, 'atlassian')).accessToken).toBe(
      later.grant.accessToken,
    );
    expect(await connections.refreshExpiring({ withinMs: 300_000 })).toMatchObject({ refreshed: 0 });
    const limited = await several(3);
    expect(await connections.refreshExpiring({ limit: 2 })).toMatchObject({ refreshed: 2 });
    const stop = AbortSignal.abort();
    expect(await connections.refreshExpiring({ signal: stop })).toMatchObject({ refreshed: 0 });
    expect(limited).toHaveLength(3);
  });

  it('renew from two processes at once without asking twice', async () => {
    await host.rows.deleteAll();
    const users = await several(6);
    const before = host.server.refreshes;
    const replica = await host.replica();
    const [one, other] = await Promise.all([connections.refreshExpiring(), replica.refreshExpiring()]);
    expect(one.failed + other.failed + one.reauthorizationRequired + other.reauthorizationRequired).toBe(0);
    expect([host.server.refreshes - before, one.refreshed + other.refreshed]).toEqual([
      users.length,
      users.length,
    ]);
  });
});

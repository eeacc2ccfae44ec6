/** The accounts of a user: listed, told apart, and forgotten. */
import { beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';

describeEachEngine('The accounts of a user', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });

  it('are listed with every connection', async () => {
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

  it('say why their user has to connect again', async () => {
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

  it('are kept apart', async () => {
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

  it('are refused at a connection that is not declared, and for a user id that is invalid', async () => {
    const unknown = connections.getAccessToken('ada', 'atlasian');
    await expect(unknown).rejects.toMatchObject({ code: 'connection_unknown' });
    for (const userId of [undefined, null, '', 7]) {
      const call = connections.getAccessToken(userId as unknown as string, 'atlassian');
      await expect(call).rejects.toMatchObject({ code: 'account_invalid' });
    }
  });

  it('are forgotten with their user: the tokens are given back and the rows are gone', async () => {
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
});

/** A declaration that changes under tokens that are there. */
import { beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';

describeAnyEngine('A changed declaration', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let before: Connections;
  beforeAll(() => {
    before = host.connections();
  });

  const required = {
    code: 'reauthorization_required',
    message: expect.stringContaining('another client, server or set of scopes'),
  };

  it.each([
    ['client', { client_id: 'another' }],
    ['set of scopes', { scopes: 'openid offline_access read write' }],
    ['token endpoint', { token_url: 'https://auth.example.test/token' }],
  ])('of the %s lets the tokens serve until they expire, and never refreshes them', async (_what, change) => {
    const { id, grant } = await host.user(before, 5_000);
    const after = host.connections({}, host.config(change));
    const asked = host.server.tokenRequests;
    expect((await after.getAccessToken(id, 'atlassian')).accessToken).toBe(grant.accessToken);
    await host.expire(id);
    await expect(after.getAccessToken(id, 'atlassian')).rejects.toMatchObject(required);
    expect(host.server.tokenRequests).toBe(asked);
    expect(await after.list(id)).toMatchObject([
      { status: 'reauthorization_required', accounts: [{ reason: 'configuration_changed' }] },
    ]);
    expect((await before.getAccessToken(id, 'atlassian')).accessToken).not.toBe(grant.accessToken);
  });

  it.each([
    ['server', {}, { url: 'https://evil.example.test/mcp' }],
    ['resource', { resource: 'https://other.example.test' }, {}],
  ])('of the %s that tokens go to stops them at once', async (_what, oauth, more) => {
    const { id } = await host.user(before, HOUR_MS);
    const row = await host.row(id);
    const after = host.connections({}, host.config(oauth, more));
    await expect(after.getAccessToken(id, 'atlassian')).rejects.toMatchObject(required);
    expect(await host.row(id)).toEqual(row);
  });

  it('of anything else is none: another path, another order of scopes, another name to show, headers', async () => {
    const { id } = await host.user(before);
    const after = host.connections(
      {},
      host.config(
        { scopes: 'read openid offline_access', authorize_params: { prompt: 'consent' } },
        {
          url: 'https://mcp.example.test/other/path',
          display_name: 'Jira',
          api_origins: ['https://api.example.test'],
          headers: { 'X-Cloud-Id': '1', 'X-Api-Key': '${API_KEY}' },
        },
      ),
    );
    const [kept] = await after.list(id);
    expect(kept?.status).toBe('connected');
    expect(await host.server.isLive((await after.getAccessToken(id, 'atlassian')).accessToken)).toBe(true);
  });

  it('is none for adopted tokens, which get their fingerprint when they are first refreshed', async () => {
    const { id, grant } = await host.user(before);
    const adopted = { configFingerprint: null, generation: 0, claimedGeneration: 0 };
    await host.rows.update({ userId: id }, adopted);
    expect((await before.getAccessToken(id, 'atlassian')).accessToken).not.toBe(grant.accessToken);
    const row = await host.row(id);
    expect([row.configFingerprint, row.generation]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), 1]);
  });

  it.each([
    ['have expired', 0],
    ['would live', HOUR_MS],
  ])(
    'cannot be hidden by deleting the fingerprint of tokens that %s: they go nowhere',
    async (_what, lives) => {
      await host.rows.deleteAll();
      const { id, grant } = await host.user(before, lives);
      await host.rows.update({ userId: id }, { configFingerprint: null });
      const row = await host.row(id);
      const asked = host.server.tokenRequests;
      await expect(before.getAccessToken(id, 'atlassian')).rejects.toMatchObject({
        ...required,
        reason: 'configuration_changed',
      });
      expect(await before.list(id)).toMatchObject([
        { status: 'reauthorization_required', accounts: [{ reason: 'configuration_changed' }] },
      ]);
      expect(await before.refreshExpiring({ withinMs: 2 * HOUR_MS })).toMatchObject({ refreshed: 0 });
      expect([await host.row(id), host.server.tokenRequests]).toEqual([row, asked]);
      expect(await before.disconnect(id, 'atlassian')).toEqual({ removed: true, revocation: 'unsupported' });
      expect(host.server.revokedGrants).not.toContain(grant.grantId);
    },
  );

  it('cannot be hidden once adopted tokens were refreshed either', async () => {
    const { id } = await host.user(before);
    const adopted = { configFingerprint: null, generation: 0, claimedGeneration: 0 };
    await host.rows.update({ userId: id }, adopted);
    await before.getAccessToken(id, 'atlassian');
    await host.rows.update({ userId: id }, { configFingerprint: null });
    await expect(before.getAccessToken(id, 'atlassian')).rejects.toMatchObject(required);
  });
});

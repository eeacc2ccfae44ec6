/** A declaration that changes under tokens that are there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src/connections/connections';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';

describeEachEngine('A changed declaration', (engine) => {
  const cleanUps: (() => Promise<void>)[] = [];
  let host: ConnectedHost;
  let before: Connections;
  beforeAll(async () => {
    host = await ConnectedHost.open(engine, (cleanUp) => cleanUps.push(cleanUp));
    before = host.connections();
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
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

  it('of anything else is none: another path, another order of scopes, another name to show', async () => {
    const { id } = await host.user(before);
    const after = host.connections(
      {},
      host.config(
        { scopes: 'read openid offline_access', authorize_params: { prompt: 'consent' } },
        { url: 'https://mcp.example.test/other/path', display_name: 'Jira' },
      ),
    );
    expect(await host.server.isLive((await after.getAccessToken(id, 'atlassian')).accessToken)).toBe(true);
  });

  it('is none for tokens of which nothing is known, which get their fingerprint when they are renewed', async () => {
    const { id } = await host.user(before);
    await host.rows.update({ userId: id }, { configFingerprint: null });
    await before.getAccessToken(id, 'atlassian');
    expect((await host.row(id)).configFingerprint).toMatch(/^[0-9a-f]{64}$/);
  });
});

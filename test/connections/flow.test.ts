/** The authorization flow against a real authorization server, from the first redirect to the last token. */
import { expect, it } from 'vitest';
import { eventually } from '../setup/eventually';
import { describeEachEngine } from '../setup/database';
import { UserFlows } from '../setup/user-flows';

describeEachEngine('The authorization flow', (engine) => {
  const flows = new UserFlows(engine);
  const { host } = flows;

  it('connects a user, who then has a token that the server takes, which is renewed and given back', async () => {
    const userId = flows.newUser();
    const heard: unknown[] = [];
    flows.connections.on('connected', (event) => heard.push(event));
    const at = await flows.callback(userId, {
      returnTo: 'https://app.example.test/settings?tab=1',
      account: 'work',
    });
    expect(new URL(at).origin).toBe('https://api.example.test');
    const done = await flows.connections.complete(at, { userId });
    expect(done).toEqual({
      userId,
      connectionName: 'atlassian',
      account: 'work',
      scopes: ['openid', 'offline_access', 'read'],
      returnTo: 'https://app.example.test/settings?tab=1',
    });
    expect(heard).toEqual([{ userId, connectionName: 'atlassian', account: 'work' }]);
    const first = await flows.connections.getAccessToken(userId, 'atlassian', { account: 'work' });
    expect(await host.server.isLive(first.accessToken)).toBe(true);
    await host.expire(userId);
    const second = await flows.connections.getAccessToken(userId, 'atlassian', { account: 'work' });
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(await flows.connections.disconnect(userId, 'atlassian', { account: 'work' })).toEqual({
      removed: true,
      revocation: 'revoked',
    });
    expect(await host.server.isLive(second.accessToken)).toBe(false);
    expect(await flows.connections.disconnect(userId, 'atlassian', { account: 'work' })).toEqual({
      removed: false,
      revocation: 'unsupported',
    });
  });

  it('lets one of a hundred callbacks with one state win', async () => {
    const userId = flows.newUser();
    const at = await flows.callback(userId);
    const replica = await host.replica(flows.backend, flows.config());
    const calls = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? flows.connections : replica).complete(at, { userId }).then(
        () => 'connected',
        (error: { code: string }) => error.code,
      ),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'connected')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['connected', 'state_unknown']));
    expect(await host.rows.countBy({ userId })).toBe(1);
  });

  it('asks for scopes besides those declared and those granted', async () => {
    const userId = flows.newUser();
    await flows.connections.complete(await flows.callback(userId), { userId });
    await host.rows.update({ userId }, { scopes: 'openid extra' });
    const url = new URL(await flows.begin(userId, { scopes: ['write', 'read'] }));
    expect(url.searchParams.get('scope')).toBe('openid offline_access read extra write');
    const { scopes } = await flows.connections.complete(await host.server.visit(url.href), { userId });
    expect(scopes).toContain('write');
  });

  it('lets tokens of a new authorization win over a refresh that is on its way', async () => {
    const userId = flows.newUser();
    await flows.connections.complete(await flows.callback(userId), { userId });
    await host.expire(userId);
    const at = await flows.callback(userId);
    const held = new Promise<() => void>((resolve) => {
      host.server.interferences.push(async ({ perform, response }) => {
        const { status, body } = await perform();
        resolve(() => void response.writeHead(status, { 'content-type': 'application/json' }).end(body));
      });
    });
    const refreshing = flows.connections.getAccessToken(userId, 'atlassian');
    const answer = await held;
    await flows.connections.complete(at, { userId });
    answer();
    const { accessToken } = await refreshing;
    expect((await flows.connections.getAccessToken(userId, 'atlassian')).accessToken).toBe(accessToken);
    expect(await host.server.isLive(accessToken)).toBe(true);
    const { generation, claimedGeneration } = await host.row(userId);
    expect(generation).toBe(claimedGeneration);
  });

  it('sweeps what nobody came back for', async () => {
    const userId = flows.newUser();
    await flows.begin(userId);
    await flows.states().update({ userId }, { expiresAt: new Date(0) });
    const fresh = host.connections(flows.backend, host.config());
    await flows.begin(flows.newUser(), {}, fresh);
    await eventually(async () => expect(await flows.states().countBy({ userId })).toBe(0));
  });
});

/** The contract with the front end of the original service: every field, in every state that an account can be in. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionJson } from '../../src/http';
import { codeOf } from '../setup/code-of';
import { HOUR_MS, keyOf } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { entry } from '../setup/declarations';
import { bearerOf, HttpHost } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { buttonOf, OriginalFrontEnd } from './original-front-end';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describeAnyEngine('The routes of the original service', (engine) => {
  const routes = HttpHost.forTests(engine);
  let service: Service;
  const frontEndOf = (id: string, at = service) =>
    new OriginalFrontEnd((path, { method, headers }) =>
      at.send(path, { method, headers: { ...headers, ...bearerOf(id) } }),
    );
  beforeAll(() => {
    service = routes.service();
  });

  const live = async () => (await routes.host.user(service.connections, HOUR_MS)).id;
  const withoutRefreshToken = async () => {
    const id = routes.newUser();
    const { accessToken } = await routes.server.grant(id);
    const expiresAt = new Date(Date.now() + HOUR_MS);
    await service.connections.importTokens(id, 'atlassian', { accessToken, expiresAt });
    return id;
  };
  const asks = (id: string, by = service) => codeOf(by.connections.getAccessToken(id, 'atlassian'));

  interface State {
    readonly id: string;
    /** In which the state is seen; default the service of the other tests. */
    readonly at?: Service;
  }
  type Seen = Partial<ConnectionJson>;
  const usable = { connected: true, valid: true, requires_authorization: false } satisfies Seen;
  const renewable: Seen = { ...usable, has_refresh_token: true, status: 'connected' };
  const broken: Seen = {
    ...usable,
    valid: false,
    has_refresh_token: false,
    status: 'reauthorization_required',
  };

  const states: readonly [title: string, button: string, seen: Seen, make: () => Promise<State>][] = [
    [
      'never connected',
      'Connect',
      {
        connected: false,
        valid: true,
        has_refresh_token: false,
        requires_authorization: true,
        status: 'not_connected',
        scopes: null,
        expires_at: null,
        accounts: [],
      },
      async () => ({ id: routes.newUser() }),
    ],
    [
      'live, with a refresh token',
      'Disconnect',
      { ...renewable, scopes: 'openid offline_access read' },
      async () => ({ id: await live() }),
    ],
    [
      'live, without a refresh token',
      'Disconnect',
      { ...renewable, has_refresh_token: false },
      async () => ({ id: await withoutRefreshToken() }),
    ],
    [
      'expired, and can be refreshed',
      'Disconnect',
      renewable,
      async () => ({ id: (await routes.host.user(service.connections)).id }),
    ],
    [
      'expired, and cannot be refreshed',
      'Reconnect',
      broken,
      async () => {
        const id = await withoutRefreshToken();
        await routes.host.expire(id);
        return { id };
      },
    ],
    [
      'ended by the provider, with a refresh token in the row',
      'Reconnect',
      broken,
      async () => {
        const { id, grant } = await routes.host.user(service.connections);
        await routes.server.end(grant.grantId);
        if ((await asks(id)) !== 'reauthorization_required') throw new Error('the grant lives');
        if (!(await routes.host.row(id)).refreshTokenEncrypted) throw new Error('the row has none');
        return { id };
      },
    ],
    [
      'of another configuration',
      'Reconnect',
      broken,
      async () => {
        const { id } = await routes.host.user(service.connections);
        return { id, at: routes.service({ oauth: { scopes: 'openid' } }) };
      },
    ],
    [
      'refused by the API even after a refresh',
      'Reconnect',
      { ...broken, status: 'token_refused' },
      async () => {
        const { id, grant } = await routes.host.user(service.connections, HOUR_MS);
        const { connections } = service;
        const first = { rejectedToken: grant.accessToken };
        const { accessToken } = await connections.getAccessToken(id, 'atlassian', first);
        const second = connections.getAccessToken(id, 'atlassian', { rejectedToken: accessToken });
        if ((await codeOf(second)) !== 'token_refused') throw new Error('the token is not refused');
        return { id };
      },
    ],
    [
      'of a provider that is down',
      'Disconnect',
      { ...renewable, status: 'provider_unavailable' },
      async () => {
        const { id } = await routes.host.user(service.connections);
        routes.server.interferences.push(async ({ response }) => void response.writeHead(503).end());
        if ((await asks(id)) !== 'provider_unavailable') throw new Error('the provider is there');
        return { id };
      },
    ],
    [
      'without its key in this process',
      'Disconnect',
      { ...usable, status: 'key_missing' },
      async () => {
        const keys = { current: 'other', keys: { other: keyOf('o') } };
        const at = routes.service({ connections: { cipher: undefined, keys } });
        return { id: (await routes.host.user(service.connections)).id, at };
      },
    ],
  ];

  describe.each(states)('for an account that is %s', (_title, button, seen, make) => {
    it(`say so in every field, in the list and by itself, so that the page shows ${button}`, async () => {
      const { id, at = service } = await make();
      const frontEnd = frontEndOf(id, at);
      const { connections, expired } = await frontEnd.list();
      expect(connections).toHaveLength(1);
      const [connection] = connections as [ConnectionJson];
      expect(connection).toMatchObject({
        name: 'atlassian',
        display_name: 'Atlassian',
        description: 'Connect to atlassian',
        icon_url: null,
        auth_type: 'oauth2',
        is_user_defined: false,
        user_server_id: null,
        ...seen,
      });
      expect(buttonOf(connection)).toBe(button);
      expect(await frontEnd.status('atlassian')).toEqual(connection);
      const { name, display_name, expires_at } = connection;
      const wanted = connection.connected && !connection.valid ? [{ name, display_name, expires_at }] : [];
      expect(expired).toEqual(wanted);
      expect(await frontEnd.expired()).toEqual(wanted);
      // With `valid: false` and `has_refresh_token: true`, the page would call it connected beside a button to reconnect.
      for (const each of [connection, ...connection.accounts])
        if (button === 'Reconnect') expect(each.has_refresh_token).toBe(false);
    });

    it('say as much of the account itself', async () => {
      const { id, at = service } = await make();
      const { accounts, status, scopes, expires_at } = await frontEndOf(id, at).status('atlassian');
      if (status === 'not_connected') return expect(accounts).toEqual([]);
      expect(accounts).toHaveLength(1);
      const isDown = status === 'provider_unavailable';
      expect(accounts[0]).toEqual({
        account: 'default',
        status,
        reason: status === 'reauthorization_required' ? expect.any(String) : null,
        since: isDown ? expect.stringMatching(ISO) : null,
        retry_at: isDown ? expect.stringMatching(ISO) : null,
        has_refresh_token: expect.any(Boolean),
        scopes,
        expires_at,
        connected_at: expect.stringMatching(ISO),
      });
    });
  });

  it('connect, show, disconnect and disconnect again', async () => {
    const id = routes.newUser();
    const frontEnd = frontEndOf(id);
    const callback = await routes.server.visit(await frontEnd.connect('atlassian'));
    const response = await service.send(callback, { headers: bearerOf(id) });
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      'https://app.example.test/connections?connection_success=atlassian',
    ]);
    expect(await frontEnd.status('atlassian')).toMatchObject({
      ...renewable,
      expires_at: expect.any(String),
    });
    expect(await service.connections.getAccessToken(id, 'atlassian')).toMatchObject({
      scopes: ['openid', 'offline_access', 'read'],
    });
    const revocations = routes.server.revocations;
    expect(await frontEnd.disconnect('atlassian')).toBe(true);
    expect(routes.server.revocations).toBeGreaterThan(revocations);
    expect(await frontEnd.disconnect('atlassian')).toBe(false);
    expect(await frontEnd.status('atlassian')).toMatchObject({ connected: false });
  });

  it('report the account that is best off, and disconnect all of them unless one is named', async () => {
    const { id } = await routes.host.user(service.connections, HOUR_MS, 'home');
    const { accessToken, refreshToken } = await routes.server.grant(id);
    const expiresAt = new Date(Date.now() + 2 * HOUR_MS);
    const work = { accessToken, refreshToken, expiresAt, scopes: ['read'] };
    await service.connections.importTokens(id, 'atlassian', work, { account: 'work' });
    const frontEnd = frontEndOf(id);
    const set = (account: string, changes: object) =>
      routes.host.rows.update({ userId: id, account }, changes);
    await set('home', { status: 'reauthorization_required', expiresAt: new Date(0) });
    const best = await frontEnd.status('atlassian');
    expect(best).toMatchObject({ ...renewable, scopes: 'read', expires_at: expiresAt.toISOString() });
    expect(best.accounts.map(({ account, status }) => [account, status])).toEqual([
      ['home', 'reauthorization_required'],
      ['work', 'connected'],
    ]);
    expect((await frontEnd.list()).expired).toEqual([]);
    expect(await frontEnd.disconnect('atlassian?account=nobody')).toBe(false);
    expect(await frontEnd.disconnect('atlassian?account=work')).toBe(true);
    expect(await frontEnd.status('atlassian')).toMatchObject(broken);
    await service.connections.importTokens(id, 'atlassian', work, { account: 'work' });
    expect(await frontEnd.disconnect('atlassian')).toBe(true);
    expect(await routes.host.rows.countBy({ userId: id })).toBe(0);
  });

  it('give what is declared to show', async () => {
    const icon_url = 'https://example.test/icon.png';
    const shown = entry({ display_name: 'Shown', description: 'For a test', icon_url });
    const at = routes.service({ entries: { shown, silent: entry({ description: '' }) } });
    const { connections } = await frontEndOf(routes.newUser(), at).list();
    expect(connections.map(({ name }) => name)).toEqual(['atlassian', 'shown', 'silent']);
    expect(connections[1]).toMatchObject({ display_name: 'Shown', description: 'For a test', icon_url });
    expect(connections[2]).toMatchObject({ display_name: 'Silent', description: null, icon_url: null });
  });

  it('tell of the best account only what is true of it', async () => {
    const id = routes.newUser();
    const { connections } = service;
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const give = (account: string, refreshToken: string | null) =>
      connections.importTokens(
        id,
        'atlassian',
        { accessToken: account, refreshToken, expiresAt },
        { account },
      );
    await give('a', 'can be refreshed');
    await give('b', null);
    await routes.host.rows.update(
      { userId: id, account: 'a' },
      { expiresAt: new Date(0), failingSince: new Date() },
    );
    const seen = await frontEndOf(id).status('atlassian');
    expect(seen).toMatchObject({ ...renewable, has_refresh_token: false });
    expect(seen.accounts.map(({ has_refresh_token }) => has_refresh_token)).toEqual([true, false]);
    await give('c', 'can be refreshed');
    expect(await frontEndOf(id).status('atlassian')).toMatchObject(renewable);
  });

  it('disconnect what is not declared any more, and take no tokens of another user', async () => {
    const [mine, other] = [await live(), await live()];
    const gone = routes.service({ without: ['atlassian'] });
    expect(await frontEndOf(mine, gone).disconnect('never-declared')).toBe(false);
    expect(await frontEndOf(mine, gone).disconnect('atlassian')).toBe(true);
    expect(await frontEndOf(mine).disconnect('atlassian')).toBe(false);
    await service.connections.importTokens(mine, 'atlassian', { accessToken: 'at' });
    expect(await frontEndOf(mine).disconnect('atlassian')).toBe(true);
    expect(await frontEndOf(other).status('atlassian')).toMatchObject(renewable);
  });
});

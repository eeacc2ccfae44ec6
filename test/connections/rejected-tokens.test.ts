/** What a row remembers of an API that answers 401: one refresh, and no more until something has changed. */
import type { ServerResponse } from 'node:http';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Connections } from '../../src';
import { ApiWorld } from '../setup/api-world';
import { codeOf, failureOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { answer } from '../setup/site';
import { TokenEndpoint } from '../setup/token-endpoint';

const REJECTED = { status: 'reauthorization_required', reason: 'rejected' };

describeEachEngine('A token that an API rejects', (engine) => {
  const world = new ApiWorld(engine);
  let connections: Connections;
  let replica: Connections;
  let before: number;
  beforeEach(async () => {
    connections = world.connections();
    replica = await world.host.replica({}, world.config());
    before = world.host.server.refreshes;
  });

  const refreshes = () => world.host.server.refreshes - before;
  const rejectAll = () => world.api.pages.set('/me', answer(401));
  const takeAgain = () => world.api.pages.set('/me', world.guarded());
  const call = (by: Connections, id: string) => codeOf(by.fetchFor(id, 'atlassian')(world.url));
  const token = async (by: Connections, id: string) => (await by.getAccessToken(id, 'atlassian')).accessToken;
  /** What `list` says in each process, without what only one of them can know. */
  const states = async (id: string) => {
    const seen = [];
    for (const by of [connections, replica]) {
      const account = (await by.list(id)).find(({ name }) => name === 'atlassian')?.accounts[0];
      seen.push({
        status: account?.status,
        ...(account && 'reason' in account && { reason: account.reason }),
      });
    }
    return seen;
  };
  const both = (state: object) => [state, state];
  /** A user whose API answers 401 to each token. */
  const refusedUser = async () => {
    const { id } = await world.host.user(connections, HOUR_MS);
    rejectAll();
    expect(await call(connections, id)).toBe('token_refused');
    return id;
  };
  const withoutRefreshToken = async () => {
    const { id, grant } = await world.host.user(connections, HOUR_MS);
    const replaceSavedBefore = new Date(Date.now() + HOUR_MS);
    await connections.importTokens(
      id,
      'atlassian',
      { accessToken: grant.accessToken },
      { replaceSavedBefore },
    );
    return { id, accessToken: grant.accessToken };
  };

  it('costs one refresh, however many calls of however many processes follow', async () => {
    const id = await refusedUser();
    for (const by of [connections, replica, replica, await world.host.replica({}, world.config())]) {
      expect(await call(by, id)).toBe('token_refused');
    }
    expect(refreshes()).toBe(1);
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
  });

  it('costs one refresh where calls of two processes come at once', async () => {
    const { id } = await world.host.user(connections, HOUR_MS);
    const told: unknown[] = [];
    for (const by of [connections, replica]) by.on('token_refused', (event) => told.push(event));
    rejectAll();
    const calls = Array.from({ length: 12 }, (_, index) => call(index % 2 ? connections : replica, id));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['token_refused']));
    expect(refreshes()).toBe(1);
    expect(told).toHaveLength(1);
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
  });

  it('costs one refresh besides the one that was due', async () => {
    const { id } = await world.host.user(connections);
    rejectAll();
    expect(await call(connections, id)).toBe('token_refused');
    expect(await call(replica, id)).toBe('token_refused');
    expect(refreshes()).toBe(2);
  });

  it('costs one refresh where the host sends the tokens itself', async () => {
    const { id, grant } = await world.host.user(connections, HOUR_MS);
    const first = { rejectedToken: grant.accessToken };
    const { accessToken } = await connections.getAccessToken(id, 'atlassian', first);
    const second = { rejectedToken: accessToken };
    for (const by of [connections, replica, connections]) {
      expect(await failureOf(() => by.getAccessToken(id, 'atlassian', second))).toMatchObject({
        code: 'token_refused',
        connectionName: 'atlassian',
        account: 'default',
      });
    }
    expect(refreshes()).toBe(1);
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    // Only the API can tell whether it is still so.
    expect(await token(connections, id)).toBe(accessToken);
    await world.host.expire(id, HOUR_MS);
    expect(await codeOf(replica.getAccessToken(id, 'atlassian', second))).toBe('token_refused');
    expect(refreshes()).toBe(1);
  });

  it('costs one refresh where it expires while the API is asked', async () => {
    const { id } = await world.host.user(connections, HOUR_MS);
    world.api.pages.set('/me', (response, request) => {
      const isFirst = world.api.requests.length === 1;
      void (isFirst ? world.host.expire(id) : Promise.resolve()).then(() => answer(401)(response, request));
    });
    expect(await call(connections, id)).toBe('token_refused');
    expect(await call(connections, id)).toBe('token_refused');
    expect(refreshes()).toBe(1);
  });

  it('is refreshed again where the one before it came at its time', async () => {
    const { id, grant } = await world.host.user(connections, HOUR_MS);
    const rejected = { rejectedToken: grant.accessToken };
    await connections.getAccessToken(id, 'atlassian', rejected);
    await world.host.expire(id);
    const renewed = { rejectedToken: await token(connections, id) };
    expect(await codeOf(connections.getAccessToken(id, 'atlassian', renewed))).toBe('fine');
    expect(refreshes()).toBe(3);
  });

  it('is refreshed again where the one before it was rejected long ago', async () => {
    const { id, grant } = await world.host.user(connections, HOUR_MS);
    const rejected = { rejectedToken: grant.accessToken };
    const { accessToken } = await connections.getAccessToken(id, 'atlassian', rejected);
    await world.host.expire(id, HOUR_MS);
    expect(await codeOf(replica.getAccessToken(id, 'atlassian', { rejectedToken: accessToken }))).toBe(
      'fine',
    );
    expect(refreshes()).toBe(2);
    expect(await states(id)).toEqual(both({ status: 'connected' }));
  });

  it('makes its account connected again with the first call that succeeds', async () => {
    const id = await refusedUser();
    world.api.pages.set('/me', answer(500));
    expect(await call(replica, id)).toBe('fine');
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    takeAgain();
    expect(await call(replica, id)).toBe('fine');
    expect(await states(id)).toEqual(both({ status: 'connected' }));
    expect((await world.host.row(id)).rejectedGeneration).toBeNull();
    expect(refreshes()).toBe(1);
  });

  it('has another chance when its end has come, which costs no refresh but that', async () => {
    const id = await refusedUser();
    await world.host.expire(id);
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    const renewed = await token(replica, id);
    expect(await states(id)).toEqual(both({ status: 'connected' }));
    const rejected = { rejectedToken: renewed };
    expect(await codeOf(connections.getAccessToken(id, 'atlassian', rejected))).toBe('token_refused');
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    expect(await call(replica, id)).toBe('token_refused');
    expect(refreshes()).toBe(2);
  });

  it('is refreshed once more after an hour, and once more after the next', async () => {
    const id = await refusedUser();
    for (const times of [2, 3]) {
      await world.host.rows.update({ userId: id }, { rejectedAt: new Date(Date.now() - HOUR_MS) });
      await world.host.expire(id, HOUR_MS);
      for (const by of [connections, replica, connections]) expect(await call(by, id)).toBe('token_refused');
      expect(refreshes()).toBe(times);
      expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    }
  });

  it('is refreshed each time where the API took the one before', async () => {
    const { id } = await world.host.user(connections, HOUR_MS);
    for (let times = 1; times <= 4; times += 1) {
      await world.host.server.forget(await token(replica, id));
      expect(await call(times % 2 ? connections : replica, id)).toBe('fine');
      expect(refreshes()).toBe(times);
      expect(await states(id)).toEqual(both({ status: 'connected' }));
    }
  });

  it('costs one refresh where the API takes it at another address', async () => {
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['performance'] });
    const told: unknown[] = [];
    for (const by of [connections, replica]) by.on('token_refused', (event) => told.push(event));
    const { id } = await world.host.user(connections, HOUR_MS);
    world.api.pages.set('/admin', answer(401));
    for (let turn = 0; turn < 6; turn += 1) {
      const by = turn % 2 ? connections : replica;
      expect(await codeOf(by.fetchFor(id, 'atlassian')(`${world.api.origin}/admin`))).toBe('token_refused');
      expect(await call(by, id)).toBe('fine');
      expect(await states(id)).toEqual(both({ status: 'connected' }));
      vi.advanceTimersByTime(61_000);
    }
    expect(refreshes()).toBe(1);
    expect(told).toHaveLength(1);
  });

  it('costs one refresh where the API takes the new one elsewhere before it rejects that, too', async () => {
    const { id } = await world.host.user(connections, HOUR_MS);
    const fetch = connections.fetchFor(id, 'atlassian');
    let asked = 0;
    world.api.pages.set('/admin', (response, request) => {
      asked += 1;
      const meanwhile = asked % 2 === 0 ? fetch(world.url) : Promise.resolve();
      void meanwhile.then(() => answer(401)(response, request));
    });
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await codeOf(fetch(`${world.api.origin}/admin`))).toBe('token_refused');
    }
    expect(refreshes()).toBe(1);
  });

  it('is sent a third time where its user has connected again meanwhile', async () => {
    const { id } = await world.host.user(connections, HOUR_MS);
    const again = await world.host.server.grant(id);
    const guarded = world.guarded() as (...parameters: unknown[]) => void;
    world.api.pages.set('/me', (response, request) => {
      const isSecond = world.api.requests.length === 2;
      const { accessToken, refreshToken } = again;
      const replaceSavedBefore = new Date(Date.now() + HOUR_MS);
      const connected = isSecond
        ? replica.importTokens(id, 'atlassian', { accessToken, refreshToken }, { replaceSavedBefore })
        : Promise.resolve();
      const reply = world.api.requests.length < 3 ? answer(401) : guarded;
      void connected.then(() => reply(response, request));
    });
    expect(await call(connections, id)).toBe('fine');
    expect(world.api.requests.at(-1)?.headers.authorization).toBe(`Bearer ${again.accessToken}`);
    expect(await states(id)).toEqual(both({ status: 'connected' }));
  });

  it('makes its account provider_unavailable where the provider gives no other', async () => {
    const down = await TokenEndpoint.start();
    onTestFinished(() => down.stop());
    const json = (status: number, body: object) => (response: ServerResponse) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    down.otherwise = json(503, {});
    const declared = world.host.config({ token_url: down.url }, { url: `${world.api.origin}/mcp` });
    const by = world.connections({}, declared);
    const { id } = await world.host.user(by, HOUR_MS);
    const health = async (of: Connections) => (await of.list(id))[0]?.accounts[0];
    rejectAll();
    expect(await call(by, id)).toBe('provider_unavailable');
    const since = expect.any(Date);
    expect(await health(by)).toMatchObject({ status: 'provider_unavailable', since, retryAt: since });
    const other = world.connections({}, declared);
    expect(await health(other)).toMatchObject({ status: 'provider_unavailable', since, retryAt: null });
    down.otherwise = json(200, { access_token: 'new', token_type: 'Bearer', expires_in: 3600 });
    world.api.pages.set('/me', answer(200));
    expect(await call(other, id)).toBe('fine');
    expect(await health(by)).toMatchObject({ status: 'connected' });
  });

  it('stays token_refused where refreshing it in time fails as well', async () => {
    const id = await refusedUser();
    await world.host.rows.update({ userId: id }, { failingSince: new Date() });
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    expect(await call(connections, id)).toBe('token_refused');
  });

  it('keeps no answer of the API waiting for a locked row', { tags: ['long'] }, async () => {
    const id = await refusedUser();
    takeAgain();
    const holder = (await world.host.newDataSource()).createQueryRunner();
    await holder.connect();
    await holder.query(engine === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN');
    const { tablePath } = world.host.rows.metadata;
    await holder.query(`UPDATE ${tablePath} SET scopes = scopes WHERE user_id = '${id}'`);
    expect(await call(connections, id)).toBe('fine');
    await holder.query('ROLLBACK');
    await holder.release();
  });

  it('is forgotten when its user connects again', async () => {
    const id = await refusedUser();
    const { accessToken, refreshToken } = await world.host.server.grant(id);
    const replaceSavedBefore = new Date(Date.now() + HOUR_MS);
    await replica.importTokens(id, 'atlassian', { accessToken, refreshToken }, { replaceSavedBefore });
    expect(await states(id)).toEqual(both({ status: 'connected' }));
    takeAgain();
    await world.host.server.forget(accessToken);
    expect(await call(connections, id)).toBe('fine');
    expect(refreshes()).toBe(2);
  });

  it('is remembered where there is no refresh token, until a call succeeds', async () => {
    const { id, accessToken } = await withoutRefreshToken();
    expect(await states(id)).toEqual(both({ status: 'connected' }));
    rejectAll();
    expect(await failureOf(() => connections.fetchFor(id, 'atlassian')(world.url))).toMatchObject({
      code: 'reauthorization_required',
      reason: 'rejected',
    });
    expect(await states(id)).toEqual(both(REJECTED));
    const rejected = { rejectedToken: accessToken };
    expect(await codeOf(replica.getAccessToken(id, 'atlassian', rejected))).toBe('reauthorization_required');
    takeAgain();
    expect(await call(replica, id)).toBe('fine');
    expect(await states(id)).toEqual(both({ status: 'connected' }));
  });

  it('is told of once', async () => {
    const told: unknown[] = [];
    for (const by of [connections, replica]) {
      by.on('token_refused', (event) => told.push(['token_refused', event]));
      by.on('reauthorization_required', ({ reason }) => told.push(['reauthorization_required', reason]));
    }
    const id = await refusedUser();
    const lasting = await withoutRefreshToken();
    for (const by of [replica, connections]) {
      await call(by, id);
      await call(by, lasting.id);
    }
    expect(told).toEqual([
      ['token_refused', { userId: id, connectionName: 'atlassian', account: 'default' }],
      ['reauthorization_required', 'rejected'],
    ]);
    expect(world.host.logger.lines.join()).not.toContain(lasting.accessToken);
  });
});

/** What a row remembers of an API that answers 401: one refresh, and no more until something has changed. */
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Connections } from '../../src/connections/connections';
import { ApiWorld } from '../setup/api-world';
import { codeOf, failureOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { answer } from '../setup/site';

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
    rejectAll();
    const calls = Array.from({ length: 12 }, (_, index) => call(index % 2 ? connections : replica, id));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['token_refused']));
    expect(refreshes()).toBe(1);
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

  it('stays rejected when its end has come and another takes its place, until the API takes that', async () => {
    const id = await refusedUser();
    await world.host.expire(id);
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    const renewed = await token(replica, id);
    expect(refreshes()).toBe(2);
    expect(await states(id)).toEqual(both({ status: 'token_refused' }));
    const rejected = { rejectedToken: renewed };
    expect(await codeOf(connections.getAccessToken(id, 'atlassian', rejected))).toBe('token_refused');
    expect(await call(connections, id)).toBe('token_refused');
    expect(refreshes()).toBe(2);
    takeAgain();
    expect(await call(connections, id)).toBe('fine');
    expect(await states(id)).toEqual(both({ status: 'connected' }));
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

  it('is written to be taken again once a minute at most, by each process', async () => {
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['performance'] });
    const id = await refusedUser();
    takeAgain();
    const refuse = () => world.host.rows.update({ userId: id }, { rejectedGeneration: () => 'generation' });
    const stateAfterCall = async () => {
      await refuse();
      expect(await call(connections, id)).toBe('fine');
      return (await states(id))[0]?.status;
    };
    expect(await stateAfterCall()).toBe('connected');
    expect(await stateAfterCall()).toBe('token_refused');
    vi.advanceTimersByTime(61_000);
    expect(await stateAfterCall()).toBe('connected');
  });
});

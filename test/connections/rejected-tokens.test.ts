/** What a row remembers of an API that answers 401: one refresh, and no more until something has changed. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { codeOf, failureOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { RejectingApi, both } from '../setup/rejecting-api';
import { shortenPauses } from '../setup/short-pauses';
import { answer } from '../setup/site';

describeEachEngine('A token that an API rejects', (engine) => {
  const api = new RejectingApi(engine);
  const { world } = api;
  shortenPauses();

  it('costs one refresh, however many calls of however many processes follow', async () => {
    const id = await api.refusedUser();
    for (const by of [
      api.connections,
      api.replica,
      api.replica,
      await world.host.replica({}, world.config()),
    ]) {
      expect(await api.call(by, id)).toBe('token_refused');
    }
    expect(api.refreshes()).toBe(1);
    expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
  });

  it('costs one refresh where calls of two processes come at once', async () => {
    const { id } = await world.host.user(api.connections, HOUR_MS);
    const told: unknown[] = [];
    for (const by of [api.connections, api.replica]) by.on('token_refused', (event) => told.push(event));
    api.rejectAll();
    const calls = Array.from({ length: 12 }, (_, index) =>
      api.call(index % 2 ? api.connections : api.replica, id),
    );
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['token_refused']));
    expect(api.refreshes()).toBe(1);
    expect(told).toHaveLength(1);
    expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
  });

  it('costs one refresh besides the one that was due', async () => {
    const { id } = await world.host.user(api.connections);
    api.rejectAll();
    expect(await api.call(api.connections, id)).toBe('token_refused');
    expect(await api.call(api.replica, id)).toBe('token_refused');
    expect(api.refreshes()).toBe(2);
  });

  it('costs one refresh where the host sends the tokens itself', async () => {
    const { id, grant } = await world.host.user(api.connections, HOUR_MS);
    const first = { rejectedToken: grant.accessToken };
    const { accessToken } = await api.connections.getAccessToken(id, 'atlassian', first);
    const second = { rejectedToken: accessToken };
    for (const by of [api.connections, api.replica, api.connections]) {
      expect(await failureOf(() => by.getAccessToken(id, 'atlassian', second))).toMatchObject({
        code: 'token_refused',
        connectionName: 'atlassian',
        account: 'default',
      });
    }
    expect(api.refreshes()).toBe(1);
    expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
    // Only the API can tell whether it is still so.
    expect(await api.token(api.connections, id)).toBe(accessToken);
    await world.host.expire(id, HOUR_MS);
    expect(await codeOf(api.replica.getAccessToken(id, 'atlassian', second))).toBe('token_refused');
    expect(api.refreshes()).toBe(1);
  });

  it('costs one refresh where it expires while the API is asked', async () => {
    const { id } = await world.host.user(api.connections, HOUR_MS);
    world.api.pages.set('/me', (response, request) => {
      const isFirst = world.api.requests.length === 1;
      void (isFirst ? world.host.expire(id) : Promise.resolve()).then(() => answer(401)(response, request));
    });
    expect(await api.call(api.connections, id)).toBe('token_refused');
    expect(await api.call(api.connections, id)).toBe('token_refused');
    expect(api.refreshes()).toBe(1);
  });

  it('costs one refresh where the API takes it at another address', async () => {
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['performance'] });
    const told: unknown[] = [];
    for (const by of [api.connections, api.replica]) by.on('token_refused', (event) => told.push(event));
    const { id } = await world.host.user(api.connections, HOUR_MS);
    world.api.pages.set('/admin', answer(401));
    for (let turn = 0; turn < 6; turn += 1) {
      const by = turn % 2 ? api.connections : api.replica;
      expect(await codeOf(by.fetchFor(id, 'atlassian')(`${world.api.origin}/admin`))).toBe('token_refused');
      expect(await api.call(by, id)).toBe('fine');
      expect(await api.states(id)).toEqual(both({ status: 'connected' }));
      vi.advanceTimersByTime(61_000);
    }
    expect(api.refreshes()).toBe(1);
    expect(told).toHaveLength(1);
  });

  it('costs one refresh where the API takes the new one elsewhere before it rejects that, too', async () => {
    const { id } = await world.host.user(api.connections, HOUR_MS);
    const fetch = api.connections.fetchFor(id, 'atlassian');
    let asked = 0;
    world.api.pages.set('/admin', (response, request) => {
      asked += 1;
      const meanwhile = asked % 2 === 0 ? fetch(world.url) : Promise.resolve();
      void meanwhile.then(() => answer(401)(response, request));
    });
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await codeOf(fetch(`${world.api.origin}/admin`))).toBe('token_refused');
    }
    expect(api.refreshes()).toBe(1);
  });
});

/** When a token that an API rejects is refreshed once more, and when another one is sent. */
import { expect, it } from 'vitest';
import { codeOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { RejectingApi, both } from '../setup/rejecting-api';
import { answer } from '../setup/site';

describeEachEngine('A token that an API rejects', (engine) => {
  const api = new RejectingApi(engine);
  const { world } = api;

  it('is refreshed again where the one before it came at its time', async () => {
    const { id, grant } = await world.host.user(api.connections, HOUR_MS);
    const rejected = { rejectedToken: grant.accessToken };
    await api.connections.getAccessToken(id, 'atlassian', rejected);
    await world.host.expire(id);
    const renewed = { rejectedToken: await api.token(api.connections, id) };
    expect(await codeOf(api.connections.getAccessToken(id, 'atlassian', renewed))).toBe('fine');
    expect(api.refreshes()).toBe(3);
  });

  it('is refreshed again where the one before it was rejected long ago', async () => {
    const { id, grant } = await world.host.user(api.connections, HOUR_MS);
    const rejected = { rejectedToken: grant.accessToken };
    const { accessToken } = await api.connections.getAccessToken(id, 'atlassian', rejected);
    await world.host.expire(id, HOUR_MS);
    expect(await codeOf(api.replica.getAccessToken(id, 'atlassian', { rejectedToken: accessToken }))).toBe(
      'fine',
    );
    expect(api.refreshes()).toBe(2);
    expect(await api.states(id)).toEqual(both({ status: 'connected' }));
  });

  it('has another chance when its end has come, which costs no refresh but that', async () => {
    const id = await api.refusedUser();
    await world.host.expire(id);
    expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
    const renewed = await api.token(api.replica, id);
    expect(await api.states(id)).toEqual(both({ status: 'connected' }));
    const rejected = { rejectedToken: renewed };
    expect(await codeOf(api.connections.getAccessToken(id, 'atlassian', rejected))).toBe('token_refused');
    expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
    expect(await api.call(api.replica, id)).toBe('token_refused');
    expect(api.refreshes()).toBe(2);
  });

  it('is refreshed once more after an hour, and once more after the next', async () => {
    const id = await api.refusedUser();
    for (const times of [2, 3]) {
      await world.host.rows.update({ userId: id }, { rejectedAt: new Date(Date.now() - HOUR_MS) });
      await world.host.expire(id, HOUR_MS);
      for (const by of [api.connections, api.replica, api.connections])
        expect(await api.call(by, id)).toBe('token_refused');
      expect(api.refreshes()).toBe(times);
      expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
    }
  });

  it('is refreshed each time where the API took the one before', async () => {
    const { id } = await world.host.user(api.connections, HOUR_MS);
    for (let times = 1; times <= 4; times += 1) {
      await world.host.server.forget(await api.token(api.replica, id));
      expect(await api.call(times % 2 ? api.connections : api.replica, id)).toBe('fine');
      expect(api.refreshes()).toBe(times);
      expect(await api.states(id)).toEqual(both({ status: 'connected' }));
    }
  });

  it('is sent a third time where its user has connected again meanwhile', async () => {
    const { id } = await world.host.user(api.connections, HOUR_MS);
    const again = await world.host.server.grant(id);
    const guarded = world.guarded() as (...parameters: unknown[]) => void;
    world.api.pages.set('/me', (response, request) => {
      const isSecond = world.api.requests.length === 2;
      const { accessToken, refreshToken } = again;
      const replaceSavedBefore = new Date(Date.now() + HOUR_MS);
      const connected = isSecond
        ? api.replica.importTokens(id, 'atlassian', { accessToken, refreshToken }, { replaceSavedBefore })
        : Promise.resolve();
      const reply = world.api.requests.length < 3 ? answer(401) : guarded;
      void connected.then(() => reply(response, request));
    });
    expect(await api.call(api.connections, id)).toBe('fine');
    expect(world.api.requests.at(-1)?.headers.authorization).toBe(`Bearer ${again.accessToken}`);
    expect(await api.states(id)).toEqual(both({ status: 'connected' }));
  });

  it('is forgotten when its user connects again', async () => {
    const id = await api.refusedUser();
    const { accessToken, refreshToken } = await world.host.server.grant(id);
    const replaceSavedBefore = new Date(Date.now() + HOUR_MS);
    await api.replica.importTokens(id, 'atlassian', { accessToken, refreshToken }, { replaceSavedBefore });
    expect(await api.states(id)).toEqual(both({ status: 'connected' }));
    api.takeAgain();
    await world.host.server.forget(accessToken);
    expect(await api.call(api.connections, id)).toBe('fine');
    expect(api.refreshes()).toBe(2);
  });
});

/** What is said of an account whose API rejects its tokens, and what makes it connected again. */
import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import type { Connections } from '../../src';
import { codeOf, failureOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { RejectingApi, both } from '../setup/rejecting-api';
import { answer } from '../setup/site';
import { TokenEndpoint } from '../setup/token-endpoint';

const REJECTED = { status: 'reauthorization_required', reason: 'rejected' };

describeEachEngine('A token that an API rejects', (engine) => {
  const api = new RejectingApi(engine);
  const { world } = api;

  it('makes its account connected again with the first call that succeeds', async () => {
    const id = await api.refusedUser();
    world.api.pages.set('/me', answer(500));
    expect(await api.call(api.replica, id)).toBe('fine');
    expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
    api.takeAgain();
    expect(await api.call(api.replica, id)).toBe('fine');
    expect(await api.states(id)).toEqual(both({ status: 'connected' }));
    expect((await world.host.row(id)).rejectedGeneration).toBeNull();
    expect(api.refreshes()).toBe(1);
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
    api.rejectAll();
    expect(await api.call(by, id)).toBe('provider_unavailable');
    const since = expect.any(Date);
    expect(await health(by)).toMatchObject({ status: 'provider_unavailable', since, retryAt: since });
    const other = world.connections({}, declared);
    expect(await health(other)).toMatchObject({ status: 'provider_unavailable', since, retryAt: null });
    down.otherwise = json(200, { access_token: 'new', token_type: 'Bearer', expires_in: 3600 });
    world.api.pages.set('/me', answer(200));
    expect(await api.call(other, id)).toBe('fine');
    expect(await health(by)).toMatchObject({ status: 'connected' });
  });

  it('stays token_refused where refreshing it in time fails as well', async () => {
    const id = await api.refusedUser();
    await world.host.rows.update({ userId: id }, { failingSince: new Date() });
    expect(await api.states(id)).toEqual(both({ status: 'token_refused' }));
    expect(await api.call(api.connections, id)).toBe('token_refused');
  });

  it('keeps no answer of the API waiting for a locked row', { tags: ['long'] }, async () => {
    const id = await api.refusedUser();
    api.takeAgain();
    const holder = (await world.host.newDataSource()).createQueryRunner();
    await holder.connect();
    await holder.query(engine === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN');
    const { tablePath } = world.host.rows.metadata;
    await holder.query(`UPDATE ${tablePath} SET scopes = scopes WHERE user_id = '${id}'`);
    expect(await api.call(api.connections, id)).toBe('fine');
    await holder.query('ROLLBACK');
    await holder.release();
  });

  it('is remembered where there is no refresh token, until a call succeeds', async () => {
    const { id, accessToken } = await api.withoutRefreshToken();
    expect(await api.states(id)).toEqual(both({ status: 'connected' }));
    api.rejectAll();
    expect(await failureOf(() => api.connections.fetchFor(id, 'atlassian')(world.url))).toMatchObject({
      code: 'reauthorization_required',
      reason: 'rejected',
    });
    expect(await api.states(id)).toEqual(both(REJECTED));
    const rejected = { rejectedToken: accessToken };
    expect(await codeOf(api.replica.getAccessToken(id, 'atlassian', rejected))).toBe(
      'reauthorization_required',
    );
    api.takeAgain();
    expect(await api.call(api.replica, id)).toBe('fine');
    expect(await api.states(id)).toEqual(both({ status: 'connected' }));
  });

  it('is told of once', async () => {
    const told: unknown[] = [];
    for (const by of [api.connections, api.replica]) {
      by.on('token_refused', (event) => told.push(['token_refused', event]));
      by.on('reauthorization_required', ({ reason }) => told.push(['reauthorization_required', reason]));
    }
    const id = await api.refusedUser();
    const lasting = await api.withoutRefreshToken();
    for (const by of [api.replica, api.connections]) {
      await api.call(by, id);
      await api.call(by, lasting.id);
    }
    expect(told).toEqual([
      ['token_refused', { userId: id, connectionName: 'atlassian', account: 'default' }],
      ['reauthorization_required', 'rejected'],
    ]);
    expect(world.host.logger.lines.join()).not.toContain(lasting.accessToken);
  });
});

/** What `fetchFor` does with the token of a user: one that lives is sent, one that was refused is refreshed once. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionsError } from '../../src';
import { Connections, connectionRegistry } from '../../src';
import { ApiWorld, authorizations } from '../setup/api-world';
import { codeOf, failureOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { answer } from '../setup/site';

describeAnyEngine('fetchFor', (engine) => {
  const world = new ApiWorld(engine);

  it('sends the token in place of any other authorization, and gives the answer', async () => {
    const { fetch, token } = await world.caller();
    const response = await fetch(world.url, { headers: { Authorization: 'Basic mine', 'X-More': 'a' } });
    expect([response.status, await response.json()]).toEqual([200, { method: 'GET', body: '' }]);
    expect(authorizations(world.api)).toEqual([`Bearer ${token}`]);
    expect(world.api.requests[0]?.headers['x-more']).toBe('a');
  });

  it('refreshes a token that has expired before it sends anything', async () => {
    const connections = world.connections();
    const { id, grant } = await world.host.user(connections);
    const response = await connections.fetchFor(id, 'atlassian')(world.url);
    expect(response.status).toBe(200);
    expect(authorizations(world.api)).toHaveLength(1);
    expect(authorizations(world.api)).not.toContain(`Bearer ${grant.accessToken}`);
  });

  it('refreshes a token that the API refuses once over callers of several replicas, and sends each request again', async () => {
    const connections = world.connections();
    const replica = await world.host.replica({}, world.config());
    const { fetch, id, token } = await world.caller(connections);
    const elsewhere = replica.fetchFor(id, 'atlassian');
    await world.host.server.forget(token);
    const before = world.host.server.refreshes;
    const bodies = Array.from({ length: 8 }, (_, index) => `body ${index}`);
    const responses = await Promise.all(
      bodies.map((body, index) => (index % 2 === 0 ? fetch : elsewhere)(world.url, { method: 'POST', body })),
    );
    const answers = await Promise.all(responses.map((response) => response.json()));
    expect(answers).toEqual(bodies.map((body) => ({ method: 'POST', body })));
    expect(world.host.server.refreshes - before).toBe(1);
    expect(new Set(authorizations(world.api)).size).toBe(2);
  });

  it('uses the token that another has refreshed meanwhile', async () => {
    const connections = world.connections();
    const { fetch, id, token } = await world.caller(connections);
    await world.host.server.forget(token);
    const { rejectedToken, before } = { rejectedToken: token, before: world.host.server.refreshes };
    const guarded = world.guarded() as (...parameters: unknown[]) => void;
    world.api.pages.set('/me', (response, request) => {
      void connections
        .getAccessToken(id, 'atlassian', { rejectedToken })
        .then(() => guarded(response, request));
    });
    expect((await fetch(world.url)).status).toBe(200);
    expect(world.host.server.refreshes - before).toBe(1);
  });

  it('gives up where the API refuses the refreshed token, too', async () => {
    const { fetch } = await world.caller();
    const before = world.host.server.refreshes;
    world.api.pages.set('/me', answer(401));
    expect(await failureOf(() => fetch(world.url))).toMatchObject({
      code: 'token_refused',
      connectionName: 'atlassian',
      account: 'default',
    });
    expect(world.host.server.refreshes - before).toBe(1);
    expect(new Set(authorizations(world.api)).size).toBe(2);
    expect(world.api.requests).toHaveLength(2);
  });

  it('says what the user has to do where there is no other token, once for each call', async () => {
    const connections = world.connections();
    const told: ConnectionsError[] = [];
    const onConnectNeeded = (error: ConnectionsError) => void told.push(error);
    const rejected = await Promise.all(
      ['with a grant that has ended', 'without a refresh token', 'without tokens'].map(async (what) => {
        const { id, grant } = await world.host.user(connections, HOUR_MS);
        await world.host.server.forget(grant.accessToken);
        if (what === 'with a grant that has ended') await world.host.server.end(grant.grantId);
        if (what === 'without a refresh token') {
          const { accessToken } = grant;
          const again = { replaceSavedBefore: new Date(Date.now() + HOUR_MS) };
          await connections.importTokens(id, 'atlassian', { accessToken }, again);
        }
        if (what === 'without tokens') await connections.forgetUser(id);
        return failureOf(() => connections.fetchFor(id, 'atlassian', { onConnectNeeded })(world.url));
      }),
    );
    expect(rejected).toMatchObject([
      { code: 'reauthorization_required', reason: 'invalid_grant' },
      { code: 'reauthorization_required', reason: 'rejected' },
      { code: 'not_connected' },
    ]);
    expect(new Set(told)).toEqual(new Set(rejected));
    expect(told).toHaveLength(3);
  });

  it('calls as the account that is named', async () => {
    const connections = world.connections();
    const { id, grant } = await world.host.user(connections, HOUR_MS, 'work');
    expect((await connections.fetchFor(id, 'atlassian', { account: 'work' })(world.url)).status).toBe(200);
    expect(authorizations(world.api)).toEqual([`Bearer ${grant.accessToken}`]);
    expect(await codeOf(connections.fetchFor(id, 'atlassian')(world.url))).toBe('not_connected');
  });
});

describe('fetchFor', () => {
  const world = new ApiWorld('sqlite');
  let connections: Connections;
  beforeEach(() => {
    connections = world.connections();
  });

  it('asks nobody by itself, and for what is declared at each call', async () => {
    const registries = [world.config({ enabled: false }), world.config()].map((config) =>
      connectionRegistry(config),
    );
    const { id } = await world.host.user(connections, HOUR_MS);
    const { dataSource, cipher } = world.host;
    let current = registries[0];
    const replica = new Connections(
      {
        dataSource,
        get registry() {
          return current as (typeof registries)[number];
        },
      },
      { cipher },
    );
    const fetch = replica.fetchFor(id, 'atlassian');
    expect(await codeOf(fetch(world.url))).toBe('connection_disabled');
    current = registries[1];
    expect((await fetch(world.url)).status).toBe(200);
    await replica.close();
  });

  it.each([
    ['an unknown option', { scope: 'a' }, /has no option "scope"/],
    ['an origin with a path', { origins: ['https://api.example.com/v1'] }, /`origins` of `fetchFor`/],
    ['an origin of another scheme', { origins: ['ftp://api.example.com'] }, /`origins` of `fetchFor`/],
    [
      'a listener that is none',
      { onConnectNeeded: 'x' },
      /`onConnectNeeded` of `fetchFor` must be a function/,
    ],
  ])('refuses %s', async (_what, options, message) => {
    expect(await failureOf(() => connections.fetchFor('ada', 'atlassian', options as object))).toMatchObject({
      code: 'option_invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it('refuses a user id that is none at once', async () => {
    expect(await failureOf(() => connections.fetchFor('', 'atlassian'))).toMatchObject({
      code: 'account_invalid',
    });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('of the host');
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the host'))],
  ])(
    'rejects with its own error where `onConnectNeeded` %s, and logs that',
    async (_what, onConnectNeeded) => {
      const { lines } = world.host.logger;
      lines.length = 0;
      const fetch = connections.fetchFor('nobody', 'atlassian', { onConnectNeeded });
      expect(await codeOf(fetch(world.url))).toBe('not_connected');
      expect(lines).toEqual(['error: `onConnectNeeded` failed: of the host']);
    },
  );

  describe('on a 403', () => {
    const challenge = 'Bearer error="insufficient_scope", scope="read write"';

    it('that asks for scopes rejects with them, and `authorize` asks for them besides the others', async () => {
      world.api.pages.set('/me', answer(403, {}, { 'www-authenticate': challenge }));
      const told: unknown[] = [];
      const { fetch, id } = await world.caller(connections, { onConnectNeeded: (error) => told.push(error) });
      const error = (await failureOf(() => fetch(world.url))) as ConnectionsError;
      expect(error).toMatchObject({
        code: 'insufficient_scope',
        connectionName: 'atlassian',
        account: 'default',
        scopes: ['read', 'write'],
      });
      expect(told).toEqual([error]);
      const { scopes } = error;
      const replica = world.connections({ publicUrl: 'https://api.example.test' });
      const { authorizationUrl } = await replica.authorize(id, 'atlassian', { scopes });
      expect(new URL(authorizationUrl).searchParams.get('scope')).toBe('openid offline_access read write');
    });

    it('of another kind gives the answer', async () => {
      world.api.pages.set('/me', answer(403, 'no'));
      const { fetch } = await world.caller(connections, { onConnectNeeded: () => expect.fail() });
      const response = await fetch(world.url);
      expect([response.status, await response.text()]).toEqual([403, 'no']);
    });

    it('from an origin that got no token gives the answer', async () => {
      world.other.pages.set('/', answer(403, {}, { 'www-authenticate': challenge }));
      const { fetch } = await world.caller(world.trusting());
      expect((await fetch(world.other.origin)).status).toBe(403);
    });
  });
});

/** A refresh that the provider refuses: what may pass costs nobody a connection, and what does not pass is said. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../setup/eventually';
import type { Connections, ConnectionsEvents } from '../../src';
import { isConnectionsError } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { HOUR_MS } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { McpWorld, RESOURCE, SERVER } from '../setup/mcp-world';
import { Site, answer } from '../setup/site';

const CONNECTED = { status: 'connected' };
const UNAVAILABLE = { status: 'provider_unavailable', since: expect.any(Date) };
const again = (reason: string) => ({ status: 'reauthorization_required', reason });

describeAnyEngine('A refresh that is refused', (engine) => {
  const world = McpWorld.forEachTest(engine);
  const atEnd = atEndOfTests();
  let declared: Record<string, string>;
  let token: object;
  beforeAll(() => {
    const { origin } = world.auth;
    declared = { client_id: 'mine', authorize_url: `${origin}/authorize`, token_url: `${origin}/token` };
  });
  beforeEach(() => {
    token = world.auth.pages.get('/token') as object;
  });
  afterEach(() => void vi.useRealTimers());

  const refuse = (status: number, body: object) => world.auth.pages.set('/token', answer(status, body));
  const relent = () => world.auth.pages.set('/token', token);
  /** What `getAccessToken` says: as `list` does, where it does not throw another error. */
  const served = (connections: Connections) =>
    connections.getAccessToken('ada', 'linear').then(
      () => CONNECTED,
      (error: unknown) => {
        if (isConnectionsError(error, 'reauthorization_required')) return again(error.reason);
        return (error as { code: string }).code;
      },
    );
  const listed = async (connections: Connections) => (await connections.list('ada'))[0]?.accounts[0];
  const row = () => world.host.row('ada');
  /** As if the first refusal had been so long ago. */
  const age = (ms: number) =>
    world.host.rows.update({ userId: 'ada' }, { refusedSince: new Date(Date.now() - ms) });
  /** Another process, which remembers no failure. */
  const another = (oauth?: Record<string, string>) => {
    const connections = world.connections(oauth);
    const heard: ConnectionsEvents['reauthorization_required'][] = [];
    connections.on('reauthorization_required', (event) => heard.push(event));
    let failures = 0;
    connections.on('refresh_failed', () => void (failures += 1));
    return { connections, heard, failures: () => failures };
  };
  const connect = async (oauth?: Record<string, string>) => {
    const one = another(oauth);
    await world.connect(one.connections, 'ada');
    await world.host.expire('ada');
    return one;
  };

  describe('by a server that does not know the client which it registered', () => {
    it.each(['invalid_client', 'unauthorized_client'])(
      'is told to its user at once, and costs no connection when %s passes',
      async (error) => {
        const { connections, heard } = await connect();
        refuse(401, { error });
        expect(await served(connections)).toEqual(again('client_forgotten'));
        expect(await listed(connections)).toMatchObject(again('client_forgotten'));
        expect(await served(connections)).toEqual(again('client_forgotten'));
        expect(world.tokenRequests).toHaveLength(2);
        const other = another();
        expect(await served(other.connections)).toEqual(again('client_forgotten'));
        expect([heard, other.heard]).toMatchObject([[{ userId: 'ada', reason: 'client_forgotten' }], []]);
        relent();
        expect(await served(another().connections)).toEqual(CONNECTED);
        expect(await listed(connections)).toMatchObject(CONNECTED);
        expect(world.tokenRequests.at(-1)).toMatchObject({ client_id: 'registered-1' });
      },
    );
  });

  it('is told of where an API rejects a token that lives', async () => {
    const { connections } = await connect();
    await world.host.expire('ada', HOUR_MS);
    const { accessToken } = await connections.getAccessToken('ada', 'linear');
    refuse(401, { error: 'invalid_client' });
    const rejected = { rejectedToken: accessToken };
    const failure = { code: 'reauthorization_required', reason: 'client_forgotten' };
    await expect(connections.getAccessToken('ada', 'linear', rejected)).rejects.toMatchObject(failure);
    for (const by of [connections, another().connections]) {
      expect(await listed(by)).toMatchObject(again('client_forgotten'));
    }
  });

  describe('by a provider whose words mean nothing here', () => {
    it.each<[string, number, object]>([
      [
        'unauthorized_client',
        403,
        { error: 'unauthorized_client', error_description: 'refresh_token is invalid' },
      ],
      ['invalid_request', 400, { error: 'invalid_request' }],
      ['a word of its own', 400, { error: 'REFRESH_TOKEN_GONE' }],
      ['invalid_client', 401, { error: 'invalid_client' }],
      ['a path that is not there', 404, {}],
      ['no word at all', 401, {}],
      ['words in a place of their own', 400, { errors: [{ resource: 'RefreshToken', code: 'invalid' }] }],
    ])('is believed after an hour of %s, and taken back when it passes', async (_what, status, body) => {
      const { connections } = await connect(declared);
      refuse(status, body);
      expect(await served(connections)).toBe('provider_refused');
      expect(await listed(connections)).toMatchObject(UNAVAILABLE);
      await age(HOUR_MS - 60_000);
      expect(await served(another(declared).connections)).toBe('provider_refused');
      expect(await listed(connections)).toMatchObject(UNAVAILABLE);
      await age(HOUR_MS);
      const late = another(declared);
      expect(await served(late.connections)).toEqual(again('refused'));
      expect(await listed(connections)).toMatchObject(again('refused'));
      const later = another(declared);
      expect(await served(later.connections)).toEqual(again('refused'));
      expect([late.heard, later.heard]).toMatchObject([[{ reason: 'refused', account: 'default' }], []]);
      expect([late.failures(), later.failures()]).toEqual([0, 1]);
      relent();
      expect(await served(another(declared).connections)).toEqual(CONNECTED);
      expect(await listed(connections)).toMatchObject(CONNECTED);
      expect(await row()).toMatchObject({
        status: 'active',
        statusReason: null,
        doubt: null,
        refusedSince: null,
      });
    });

    it('is forgotten when tokens come before the hour is over', async () => {
      await connect(declared);
      refuse(400, { error: 'invalid_request' });
      await served(another(declared).connections);
      await age(HOUR_MS);
      relent();
      expect(await served(another(declared).connections)).toEqual(CONNECTED);
      await world.host.expire('ada');
      refuse(400, { error: 'invalid_request' });
      expect(await served(another(declared).connections)).toBe('provider_refused');
    });

    it('says nothing of a token that lives, and says it when that has expired', async () => {
      const { connections } = await connect(declared);
      refuse(400, { error: 'invalid_request' });
      await served(connections);
      await age(HOUR_MS);
      await world.host.rows.update({ userId: 'ada' }, { expiresAt: new Date(Date.now() + 30_000) });
      const late = another(declared);
      expect(await served(late.connections)).toEqual(CONNECTED);
      await eventually(() => expect(late.failures()).toBe(1));
      expect(await listed(late.connections)).toMatchObject(CONNECTED);
      await world.host.expire('ada');
      const later = another(declared);
      expect(await served(later.connections)).toEqual(again('refused'));
      expect([late.heard, later.heard]).toMatchObject([[], [{ reason: 'refused' }]]);
    });

    it('is asked ever more rarely by a process', async () => {
      await connect(declared);
      refuse(400, { error: 'invalid_request' });
      await served(another(declared).connections);
      await age(HOUR_MS);
      const { connections } = another(declared);
      const times: number[] = [];
      world.auth.pages.set('/token', (response) => {
        times.push(Date.now());
        response.writeHead(400).end('{"error":"invalid_request"}');
      });
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
      for (let minutes = 0; minutes < 360; minutes += 2) {
        vi.setSystemTime(Date.now() + 120_000);
        expect(await served(connections)).toEqual(again('refused'));
      }
      expect(times.length).toBeGreaterThan(6);
      expect(times.length).toBeLessThan(25);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      const [first = Infinity] = gaps;
      // Jitter alone at most doubles a gap.
      expect(gaps.at(-1)).toBeGreaterThan(4 * first);
    });

    it('is counted once by `refreshExpiring`, though its doubt is raised on the way', async () => {
      await connect();
      refuse(401, { error: 'invalid_client' });
      const { connections } = another();
      const report = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 1 };
      expect(await connections.refreshExpiring()).toEqual(report);
    });

    it('is asked last by `refreshExpiring`, which takes the doubt back when the refusals pass', async () => {
      await connect(declared);
      await world.connect(another(declared).connections, 'ole');
      await world.host.expire('ole', 1000);
      refuse(400, { error: 'invalid_request' });
      await served(another(declared).connections);
      await age(HOUR_MS);
      expect(await served(another(declared).connections)).toEqual(again('refused'));
      relent();
      const { connections } = another(declared);
      const one = { withinMs: 60_000, limit: 1 };
      expect(await connections.refreshExpiring(one)).toMatchObject({ refreshed: 1 });
      expect(await listed(connections)).toMatchObject(again('refused'));
      expect(await connections.refreshExpiring(one)).toMatchObject({ refreshed: 1 });
      expect(await listed(connections)).toMatchObject(CONNECTED);
    });

    it('is not blamed for a client secret that cannot be read', async () => {
      await connect(declared);
      const unread = another({ ...declared, client_secret_env: 'NO_SUCH_SECRET' });
      expect(await served(unread.connections)).toBe('secret_unresolved');
      expect(await row()).toMatchObject({ refusedSince: null, leaseExpiresAt: null });
    });

    it('holds nobody back who has connected again', async () => {
      const { connections } = await connect(declared);
      refuse(400, { error: 'invalid_request' });
      expect(await served(connections)).toBe('provider_refused');
      relent();
      await world.connect(connections, 'ada');
      expect(await row()).toMatchObject({ doubt: null, refusedSince: null });
      await world.host.expire('ada');
      expect(await served(connections)).toEqual(CONNECTED);
    });

    it('says nothing about tokens that came while the provider was asked', async () => {
      const { connections } = await connect(declared);
      refuse(400, { error: 'invalid_request' });
      await served(connections);
      await age(HOUR_MS);
      world.auth.pages.set('/token', (response) => {
        const tokens = { accessToken: 'new', refreshToken: 'new', expiresAt: new Date(Date.now() + HOUR_MS) };
        const replaceSavedBefore = new Date(Date.now() + HOUR_MS);
        void connections
          .importTokens('ada', 'linear', tokens, { replaceSavedBefore })
          .then(() => response.writeHead(400).end('{"error":"invalid_request"}'));
      });
      expect(await served(another(declared).connections)).toEqual(CONNECTED);
      expect(await row()).toMatchObject({ doubt: null, refusedSince: null, leaseExpiresAt: null });
    });
  });

  it('does not hide that the declaration has changed', async () => {
    await connect();
    refuse(401, { error: 'invalid_client' });
    expect(await served(another().connections)).toEqual(again('client_forgotten'));
    const { connections } = another({ ...declared, scopes: 'more' });
    expect(await listed(connections)).toMatchObject(again('configuration_changed'));
    expect(await served(connections)).toEqual(again('configuration_changed'));
  });

  it('is still the most that is known while nothing can be asked', async () => {
    await connect();
    refuse(401, { error: 'invalid_client' });
    expect(await served(another().connections)).toEqual(again('client_forgotten'));
    world.auth.pages.set(SERVER, answer(503));
    expect(await served(another().connections)).toEqual(again('client_forgotten'));
  });

  it('is no event for each of many callers', async () => {
    await connect();
    const issuer = `${world.auth.origin}/other`;
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [issuer] }));
    world.auth.pages.set(`${SERVER}/other`, world.server({ issuer }));
    const { connections, heard } = another();
    const all = await Promise.all(Array.from({ length: 5 }, () => served(connections)));
    expect(all).toEqual(Array.from({ length: 5 }, () => again('configuration_changed')));
    expect(heard).toHaveLength(1);
  });

  it('by nobody, as the MCP server names another authorization server: `list` says so, until it names the first again', async () => {
    const { connections } = await connect();
    const next = await Site.open(atEnd);
    next.pages.set(SERVER, {
      ...world.server(),
      issuer: next.origin,
      authorization_endpoint: `${next.origin}/authorize`,
      token_endpoint: `${next.origin}/token`,
      registration_endpoint: `${next.origin}/register`,
    });
    const trustedOrigins = Object.fromEntries(
      [world.mcp, world.auth, next].map(({ origin }) => [origin, ['linear']]),
    );
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [next.origin] }));
    const moved = world.connections(undefined, { trustedOrigins });
    expect(await served(moved)).toEqual(again('configuration_changed'));
    expect(await listed(connections)).toMatchObject(again('configuration_changed'));
    expect(world.tokenRequests).toHaveLength(1);
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource());
    expect(await served(another().connections)).toEqual(CONNECTED);
    expect(await listed(connections)).toMatchObject(CONNECTED);
  });
});

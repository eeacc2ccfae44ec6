/** One client for all processes, however long the process that registers it takes. */
import type { DataSource } from 'typeorm';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../setup/eventually';
import type { Connections, TokenCipher } from '../../src';
import { pause } from '../../src/pauses';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import { codeOf, failureOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { McpWorld, REDIRECT_URI, clientOf } from '../setup/mcp-world';
import { shortenPauses } from '../setup/short-pauses';
import { answer } from '../setup/site';

function gate() {
  let open = () => {};
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { wait, open: () => open() };
}

describeEachEngine('The process that registers a client', (engine) => {
  const world = McpWorld.forEachTest(engine);
  shortenPauses();
  afterEach(() => void vi.restoreAllMocks());
  /** Of two processes. */
  let dataSources: readonly [DataSource, DataSource];
  beforeAll(async () => {
    dataSources = [await world.host.newDataSource(), await world.host.newDataSource()];
  });

  /** A process that waits before it stores its client. */
  const stalled = (dataSource: DataSource) => {
    const { cipher } = world.host;
    const [reached, goOn] = [gate(), gate()];
    const waiting: TokenCipher = {
      isCurrent: (text) => cipher.isCurrent(text),
      decrypt: (text, place) => cipher.decrypt(text, place),
      async encrypt(text, place) {
        if (place.table === 'connection_client_registrations') {
          reached.open();
          await goOn.wait;
        }
        return cipher.encrypt(text, place);
      },
    };
    const connections = world.connections(undefined, { cipher: waiting }, dataSource);
    return { connections, reached: reached.wait, goOn: goOn.open };
  };
  const comeBack = async (connections: Connections, { searchParams }: URL, userId: string) =>
    connections.complete(`/connections/linear/callback?code=c&state=${searchParams.get('state')}`, {
      userId,
    });
  const claim = (expiresAt: Date, clientEncrypted = '') =>
    world.clients.insert({
      id: 'claim',
      connectionName: 'linear',
      issuer: world.auth.origin,
      redirectUri: REDIRECT_URI,
      clientEncrypted,
      expiresAt,
      createdAt: new Date(),
      updatedAt: new Date(),
    });

  it.each([
    ['the one that took over', 'registered-2'],
    ['the one that has stalled past its lease', 'registered-1'],
  ])('uses the client that is stored first, of two that register: that of %s', async (first, client) => {
    const [one, two] = [stalled(dataSources[0]), stalled(dataSources[1])];
    const [ada, ole] = [
      world.begin(one.connections, 'ada'),
      one.reached.then(() => world.endLeases()).then(() => world.begin(two.connections, 'ole')),
    ];
    await two.reached;
    if (first === 'the one that took over') {
      two.goOn();
      await ole;
      // Late as the other one is by then, it looks once more.
      const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
      one.goOn();
      await ada;
      clock.mockRestore();
    } else {
      one.goOn();
      await ada;
      two.goOn();
    }
    const urls = [await ada, await ole, await world.begin(world.connections(), 'eve')];
    expect(urls.map(clientOf)).toEqual([client, client, client]);
    expect(await world.clients.count()).toBe(1);
    expect(await codeOf(comeBack(one.connections, await ada, 'ada'))).toBe('fine');
    expect(await codeOf(comeBack(two.connections, await ole, 'ole'))).toBe('fine');
    expect(world.tokenRequests.map(({ client_id }) => client_id)).toEqual([client, client]);
  });

  it('is waited for by one that wants other scopes, which then registers for the scopes of both', async () => {
    await world.begin(world.connections(), 'eve');
    const one = stalled(dataSources[0]);
    const two = world.connections(undefined, {}, dataSources[1]);
    const ada = world.begin(one.connections, 'ada', { scopes: ['b'] });
    await one.reached;
    const ole = world.begin(two, 'ole', { scopes: ['c'] });
    one.goOn();
    expect([clientOf(await ada), clientOf(await ole)]).toEqual(['registered-2', 'registered-3']);
    const sent = world.auth.requests.filter(({ path }) => path === '/register');
    expect(sent.map(({ body }) => (JSON.parse(body) as { scope: string }).scope)).toEqual([
      'files:read',
      'files:read b',
      'files:read c b',
    ]);
    expect(await codeOf(comeBack(one.connections, await ada, 'ada'))).toBe('fine');
    expect(await codeOf(comeBack(two, await ole, 'ole'))).toBe('fine');
    const last = await world.begin(one.connections, 'ada', { scopes: ['b', 'c'] });
    expect(clientOf(last)).toBe('registered-3');
  });

  it('is waited for as long as its lease may be, and no longer', async () => {
    await claim(new Date(Date.now() + MAX_LEASE_MS / 2));
    // A lease is three times as long.
    const waiting = failureOf(() => world.begin(world.connections(undefined, { requestTimeoutMs: 10_000 })));
    const now = performance.now.bind(performance);
    const pausesAgainAt = async (aheadMs: number) => {
      vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
      vi.mocked(pause).mockClear();
      await eventually(() => expect(vi.mocked(pause).mock.calls.length).toBeGreaterThan(1));
    };
    await pausesAgainAt(0);
    await pausesAgainAt(20_000);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 30_000);
    expect(await waiting).toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringMatching(/^Another process was registering a client at/),
    });
    clock.mockRestore();
    expect(world.registered).toBe(0);
    // As the database's clock leaves it that has gone back by an hour.
    await world.clients.update({ id: 'claim' }, { expiresAt: new Date(Date.now() + 3_600_000) });
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-1');
    const [row] = await world.clients.find();
    expect(row).toMatchObject({ id: expect.not.stringMatching('claim'), expiresAt: null });
  });

  it('keeps a client whose secret lives longer than any lease', async () => {
    const seconds = Math.floor(Date.now() / 1000) + 3600;
    const told = { client_id: 'c', client_secret: 's', client_secret_expires_at: seconds };
    world.auth.pages.set('/register', answer(201, told));
    await world.begin(world.connections());
    await world.begin(world.connections());
    expect(world.auth.requests.filter(({ path }) => path === '/register')).toHaveLength(1);
  });
});

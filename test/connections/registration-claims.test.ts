/** One client for all processes, whatever becomes of the process that registers it. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { Connections, TokenCipher } from '../../src';
import { RegistrationTable } from '../../src/connections/registrations/table';
import type { Statement } from '../../src/database/statement';
import { TableStatements } from '../../src/database/table-statements';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import { codeOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { McpWorld } from '../setup/mcp-world';
import { shortenPauses } from '../setup/short-pauses';
import { answer } from '../setup/site';

const REDIRECT_URI = 'https://api.example.test/connections/linear/callback';
const lost = new Error('the answer of the database was lost');

type Send<Result> = (this: unknown, one: Statement, doing: string) => Promise<Result>;

function original<Result>(name: keyof TableStatements) {
  return Reflect.get(TableStatements.prototype, name) as Send<Result>;
}

function gate() {
  let open = () => {};
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { wait, open: () => open() };
}

describeEachEngine('The process that registers a client', (engine) => {
  const world = McpWorld.forTests(engine);
  shortenPauses();
  beforeEach(async () => {
    await world.startAnew();
  });

  /** A process that waits before it stores its client. */
  const stalled = async () => {
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
    const connections = world.connections(undefined, { cipher: waiting }, await world.host.newDataSource());
    return { connections, reached: reached.wait, goOn: goOn.open };
  };
  const endLease = () => world.clients.update({ clientEncrypted: '' }, { expiresAt: new Date(0) });
  const clientOf = ({ searchParams }: URL) => searchParams.get('client_id');
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
    const [one, two] = [await stalled(), await stalled()];
    const [ada, ole] = [
      world.begin(one.connections, 'ada'),
      one.reached.then(endLease).then(() => world.begin(two.connections, 'ole')),
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
    const one = await stalled();
    const two = world.connections(undefined, {}, await world.host.newDataSource());
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

  it('says why it failed, also when the database fails to bring back the client that was there', async () => {
    await world.begin(world.connections());
    const register = world.auth.pages.get('/register') as object;
    world.auth.pages.set('/register', answer(503));
    const touchesUnlessTaken = original<boolean | 'taken'>('touchesUnlessTaken');
    const restoring = vi.spyOn(RegistrationTable.prototype, 'restore');
    const sending = vi
      .spyOn(TableStatements.prototype, 'touchesUnlessTaken')
      .mockImplementation(async function (this: never, one, doing) {
        if (restoring.mock.results.some(({ value }) => value === one)) throw lost;
        return touchesUnlessTaken.call(this, one, doing);
      });
    const wide = { scopes: ['b'] };
    expect(await codeOf(world.begin(world.connections(), 'ada', wide))).toBe('provider_unavailable');
    sending.mockRestore();
    world.auth.pages.set('/register', register);
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-2');
  });

  /** @param fail in place of the first time that a client is stored; it may store it */
  const failOnce = (fail: (store: () => Promise<boolean>) => Promise<void>) => {
    const touches = original<boolean>('touches');
    const storing = vi.spyOn(RegistrationTable.prototype, 'store');
    let hasFailed = false;
    vi.spyOn(TableStatements.prototype, 'touches').mockImplementation(async function (
      this: never,
      one,
      doing,
    ) {
      const isStore = storing.mock.results.some(({ value }) => value === one);
      if (!isStore || hasFailed) return touches.call(this, one, doing);
      hasFailed = true;
      await fail(() => touches.call(this, one, doing));
      throw lost;
    });
  };

  it('has stored it, when only the answer to that was lost', async () => {
    failOnce(async (store) => void (await store()));
    const url = await world.begin(world.connections());
    expect([clientOf(url), world.registered]).toEqual(['registered-1', 1]);
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-1');
  });

  it('stores it again, when the database has failed before it did', async () => {
    failOnce(async () => undefined);
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-1');
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-1');
    expect(world.registered).toBe(1);
  });

  it('does not store it, when another one took over while the database failed', async () => {
    const other = world.connections();
    let second: URL | undefined;
    failOnce(async () => {
      await endLease();
      second = await world.begin(other, 'ole');
    });
    const first = await world.begin(world.connections());
    expect([clientOf(first), second && clientOf(second)]).toEqual(['registered-2', 'registered-2']);
    expect(await world.clients.count()).toBe(1);
  });

  it('leaves no claim behind, when the answer to its claim was lost', async () => {
    const touchesUnlessTaken = original('touchesUnlessTaken');
    vi.spyOn(TableStatements.prototype, 'touchesUnlessTaken').mockImplementationOnce(async function (
      this: never,
      one,
      doing,
    ) {
      await touchesUnlessTaken.call(this, one, doing);
      throw lost;
    });
    await expect(world.begin(world.connections())).rejects.toThrow(lost.message);
    expect(await world.clients.count()).toBe(0);
  });

  it('is waited for as long as its lease may be, and no longer', async () => {
    await claim(new Date(Date.now() + MAX_LEASE_MS / 2));
    const impatient = world.connections(undefined, { requestTimeoutMs: 100 });
    await expect(world.begin(impatient)).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringMatching(/^Another process was registering a client at/),
    });
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

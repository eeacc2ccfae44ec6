/** One client for all replicas: who registers it, when it is registered again, and how it proves itself. */
import { beforeEach, expect, it, vi } from 'vitest';
import { keyRing } from '../../src';
import { pause } from '../../src/pauses';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import { codeOf } from '../setup/code-of';
import { keyOf } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { McpWorld } from '../setup/mcp-world';
import { shortenPauses } from '../setup/short-pauses';
import { answer } from '../setup/site';

describeAnyEngine('A registered client', (engine) => {
  const world = McpWorld.forTests(engine);
  shortenPauses();
  beforeEach(async () => {
    world.reset();
    await world.clients.deleteAll();
  });
  const registrations = () => world.auth.requests.filter(({ path }) => path === '/register').length;
  const rows = () => world.clients.find();

  it('is registered once though eight replicas want it at once', async () => {
    const replicas = await Promise.all(Array.from({ length: 8 }, () => world.replica()));
    const urls = await Promise.all(replicas.map((replica, index) => world.begin(replica, `u${index}`)));
    expect(new Set(urls.map((url) => url.searchParams.get('client_id'))).size).toBe(1);
    expect(registrations()).toBe(1);
    expect(await rows()).toMatchObject([
      { issuer: world.auth.origin, clientEncrypted: expect.stringMatching(/^v1\.k1\./) },
    ]);
  });

  it('is registered by another replica when the one that wanted to was stopped', async () => {
    const connections = world.connections();
    await world.clients.insert({
      id: 'stopped',
      connectionName: 'linear',
      issuer: world.auth.origin,
      redirectUri: 'https://api.example.test/connections/linear/callback',
      clientEncrypted: '',
      expiresAt: new Date(Date.now() + MAX_LEASE_MS / 2),
      createdAt: new Date(),
      updatedAt: new Date(),
    });
    const beginning = world.begin(connections);
    await vi.waitFor(() => expect(pause).toHaveBeenCalled(), { interval: 5 });
    expect(registrations()).toBe(0);
    await world.clients.update({ id: 'stopped' }, { expiresAt: new Date(0) });
    await beginning;
    expect(registrations()).toBe(1);
  });

  it('leaves nothing behind when the server does not register it, and is tried again', async () => {
    const page = world.auth.pages.get('/register');
    world.auth.pages.set('/register', answer(503));
    expect(await codeOf(world.begin(world.connections()))).toBe('provider_unavailable');
    expect(await rows()).toEqual([]);
    world.auth.pages.set('/register', page as object);
    await world.begin(world.connections());
    expect(await rows()).toHaveLength(1);
  });

  it('is registered again when the server does not know it any more, and its users connect again', async () => {
    const connections = world.connections();
    await world.connect(connections, 'ada');
    await world.host.expire('ada');
    const token = world.auth.pages.get('/token') as object;
    world.auth.pages.set('/token', answer(401, { error: 'invalid_client' }));
    expect(await codeOf(connections.getAccessToken('ada', 'linear'))).toBe('reauthorization_required');
    world.auth.pages.set('/token', token);
    await world.connect(connections, 'ada');
    expect(registrations()).toBe(2);
    expect(await codeOf(connections.getAccessToken('ada', 'linear'))).toBe('fine');
  });

  it('is registered again when its secret has expired', async () => {
    const seconds = Math.floor(Date.now() / 1000) + 3_600;
    world.auth.pages.set(
      '/register',
      answer(201, { client_id: 'c', client_secret: 's', client_secret_expires_at: seconds }),
    );
    await world.begin(world.connections());
    await world.clients.update({ connectionName: 'linear' }, { expiresAt: new Date(Date.now() - 10_000) });
    await world.begin(world.connections());
    expect(registrations()).toBe(2);
    // The first one is set aside: should the clock be wrong, its users need it again.
    const aside = (await rows()).map(({ redirectUri }) => redirectUri.includes('#'));
    expect([aside.length, aside.filter(Boolean).length]).toEqual([2, 1]);
  });

  it('with a secret proves itself as it was told to', async () => {
    const told = {
      client_id: 'c',
      client_secret: 's3cret',
      token_endpoint_auth_method: 'client_secret_basic',
    };
    world.auth.pages.set('/register', answer(201, told));
    await world.connect(world.connections(), 'basic');
    const sent = world.auth.requests.find(({ path }) => path === '/token');
    expect(sent?.headers.authorization).toBe(`Basic ${Buffer.from('c:s3cret').toString('base64')}`);
  });

  it('is brought under a new key with the tokens', async () => {
    const k1 = { k1: keyOf('1') };
    const k2 = { k2: keyOf('2') };
    const before = world.connections(undefined, { cipher: keyRing({ current: 'k1', keys: k1 }) });
    const client = (await world.begin(before)).searchParams.get('client_id');
    const both = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: { ...k1, ...k2 } }) });
    await both.reencrypt();
    expect(await rows()).toMatchObject([{ clientEncrypted: expect.stringMatching(/^v1\.k2\./) }]);
    const after = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: k2 }) });
    expect((await world.begin(after)).searchParams.get('client_id')).toBe(client);
    expect(registrations()).toBe(1);
  });
});

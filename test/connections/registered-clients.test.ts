/** One client for all replicas: who registers it, when it is registered again, and how it proves itself. */
import { expect, it } from 'vitest';
import { eventually } from '../setup/eventually';
import { keyRing } from '../../src';
import { pause } from '../../src/pauses';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import { codeOf } from '../setup/code-of';
import { keyOf } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { REDIRECT_URI, clientOf } from '../setup/mcp-world';
import { useRegisteredClients } from '../setup/registered-clients';
import { shortenPauses } from '../setup/short-pauses';
import { answer } from '../setup/site';

describeAnyEngine('A registered client', (engine) => {
  const used = useRegisteredClients(engine);
  const { aside, asked, rows, world } = used;
  shortenPauses();

  it('is registered once though eight replicas want it at once', async () => {
    const replicas = await Promise.all(Array.from({ length: 8 }, () => world.replica()));
    const urls = await Promise.all(replicas.map((replica, index) => world.begin(replica, `u${index}`)));
    expect(new Set(urls.map(clientOf)).size).toBe(1);
    expect(asked()).toHaveLength(1);
    expect(await rows()).toMatchObject([
      { issuer: world.auth.origin, clientEncrypted: expect.stringMatching(/^v1\.k1\./) },
    ]);
  });

  it('is registered by another replica when the one that wanted to was stopped', async () => {
    await world.clients.insert({
      id: 'stopped',
      connectionName: 'linear',
      issuer: world.auth.origin,
      redirectUri: REDIRECT_URI,
      clientEncrypted: '',
      expiresAt: new Date(Date.now() + MAX_LEASE_MS / 2),
      createdAt: new Date(),
      updatedAt: new Date(),
    });
    const beginning = world.begin(used.connections);
    await eventually(() => expect(pause).toHaveBeenCalled());
    expect(asked()).toEqual([]);
    await world.clients.update({ id: 'stopped' }, { expiresAt: new Date(0) });
    await beginning;
    expect(asked()).toHaveLength(1);
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
    const { connections } = used;
    await world.connect(connections, 'ada');
    await world.host.expire('ada');
    const token = world.auth.pages.get('/token') as object;
    world.auth.pages.set('/token', answer(401, { error: 'invalid_client' }));
    expect(await codeOf(connections.getAccessToken('ada', 'linear'))).toBe('reauthorization_required');
    world.auth.pages.set('/token', token);
    await world.connect(connections, 'ada');
    expect(asked()).toHaveLength(2);
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
    expect(asked()).toHaveLength(2);
    // The first one is set aside: should the clock be wrong, its users need it again.
    expect([(await rows()).length, (await aside()).length]).toEqual([2, 1]);
  });

  it('with a secret proves itself as it was told to', async () => {
    const told = {
      client_id: 'c',
      client_secret: 's3cret',
      token_endpoint_auth_method: 'client_secret_basic',
    };
    world.auth.pages.set('/register', answer(201, told));
    await world.connect(used.connections, 'basic');
    const sent = world.auth.requests.find(({ path }) => path === '/token');
    expect(sent?.headers.authorization).toBe(`Basic ${Buffer.from('c:s3cret').toString('base64')}`);
  });

  it('is brought under a new key with the tokens', async () => {
    const k1 = { k1: keyOf('1') };
    const k2 = { k2: keyOf('2') };
    const before = world.connections(undefined, { cipher: keyRing({ current: 'k1', keys: k1 }) });
    const client = clientOf(await world.begin(before));
    const both = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: { ...k1, ...k2 } }) });
    await both.reencrypt();
    expect(await rows()).toMatchObject([{ clientEncrypted: expect.stringMatching(/^v1\.k2\./) }]);
    const after = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: k2 }) });
    expect(clientOf(await world.begin(after))).toBe(client);
    expect(asked()).toHaveLength(1);
  });
});

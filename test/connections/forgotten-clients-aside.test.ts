/** Registered clients that their server has forgotten: they are set aside for another, and no user's tokens lose theirs. */
import { expect, it } from 'vitest';
import { keyRing } from '../../src';
import { codeOf } from '../setup/code-of';
import { keyOf } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { useForgottenClients } from '../setup/forgotten-clients';
import { REDIRECT_URI, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

const k1 = { k1: keyOf('1') };
const k2 = { k2: keyOf('2') };

describeAnyEngine('A client that its server has forgotten', (engine) => {
  const used = useForgottenClients(engine);
  const { world, clientWith, rows, aside, comeBack, refresh, age, refused } = used;

  it.each<[string, () => void]>([
    [
      'registers no more',
      () => void world.auth.pages.set('/register', answer(403, { error: 'access_denied' })),
    ],
    [
      'has no registration endpoint any more',
      () => void world.auth.pages.set(SERVER, world.server({ registration_endpoint: undefined })),
    ],
  ])('has its place again at a server that %s', async (_what, close) => {
    await world.connect(used.connections, 'ada');
    close();
    expect(await comeBack({ error: 'unauthorized_client' })).toBe('authorization_failed');
    expect(await aside()).toHaveLength(1);
    expect(await clientWith()).toBe('registered-1');
    expect(await aside()).toHaveLength(0);
    expect(await codeOf(clientWith({ newClient: true }))).toBe('client_unregistered');
    expect(await clientWith()).toBe('registered-1');
  });

  it('is another than the one that has taken its place, whatever becomes of an earlier flow', async () => {
    const before = [await world.begin(used.connections, 'ole'), await world.begin(used.connections, 'ole')];
    expect(await clientWith({ newClient: true })).toBe('registered-2');
    expect(await comeBack({ error: 'invalid_client' }, before[0])).toBe('authorization_failed');
    const [redirectUri = ''] = await aside();
    await world.clients.delete({ redirectUri });
    expect(await comeBack({ error: 'invalid_client' }, before[1])).toBe('authorization_failed');
    expect(await clientWith()).toBe('registered-2');
  });

  it('is replaced though its row is encrypted with a new key at that moment', async () => {
    const both = { ...k1, ...k2 };
    const next = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: both }) });
    used.connections = world.connections(undefined, { cipher: keyRing({ current: 'k1', keys: both }) });
    await world.connect(used.connections, 'ada');
    world.auth.pages.set('/token', (response) => {
      void next.reencrypt().then(() => response.writeHead(401).end('{"error":"invalid_client"}'));
    });
    expect(await refresh()).toBe('reauthorization_required');
    expect(await rows()).toMatchObject([{ clientEncrypted: expect.stringMatching(/^v1\.k2\./) }]);
    expect(await clientWith()).toBe('registered-2');
    expect(await next.reencrypt()).toMatchObject({ failed: 0, skipped: 0 });
  });

  it('still refreshes and revokes the tokens that were issued to it', async () => {
    for (const userId of ['ada', 'ole', 'eve']) await world.connect(used.connections, userId);
    const token = world.auth.pages.get('/token') as object;
    refused('invalid_client');
    expect(await refresh('eve')).toBe('reauthorization_required');
    world.auth.pages.set('/token', token);
    expect(await clientWith()).toBe('registered-2');
    expect(await refresh('ada')).toBe('fine');
    expect(world.tokenRequests.at(-1)).toMatchObject({
      grant_type: 'refresh_token',
      client_id: 'registered-1',
    });
    world.auth.pages.set('/revoke', answer(200));
    expect(await used.connections.disconnect('ole', 'linear')).toMatchObject({ revocation: 'revoked' });
    const { body = '' } = world.auth.requests.find(({ path }) => path === '/revoke') ?? {};
    expect(new URLSearchParams(body).get('client_id')).toBe('registered-1');
  });

  it('is replaced where nothing but its user can tell: `newClient`', async () => {
    expect([await clientWith(), await clientWith({ newClient: false })]).toEqual([
      'registered-1',
      'registered-1',
    ]);
    expect(await clientWith({ newClient: true })).toBe('registered-2');
    expect(await clientWith()).toBe('registered-2');
    expect(await aside()).toHaveLength(1);
  });

  it('is replaced even where no key decrypts it', async () => {
    const lost = world.connections(undefined, { cipher: keyRing({ current: 'k1', keys: k1 }) });
    await world.begin(lost);
    used.connections = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: k2 }) });
    expect(await codeOf(clientWith())).toBe('key_unknown');
    expect(await clientWith({ newClient: true })).toBe('registered-2');
    expect(await comeBack({ code: 'c' })).toBe('fine');
  });

  it('is none that a connection declares', async () => {
    used.connections = world.connections({ client_id: 'mine' });
    expect(await clientWith({ newClient: true })).toBe('mine');
    expect(await comeBack({ error: 'invalid_client' })).toBe('authorization_failed');
    refused('unauthorized_client');
    expect(await comeBack({ code: 'c' })).toBe('provider_refused');
    expect([await world.clients.count(), world.registered]).toEqual([0, 0]);
  });

  it('stays set aside when its connection is renamed at that moment', async () => {
    await clientWith();
    const [forgotten] = await rows();
    const { cipher } = world.host;
    let isFirst = true;
    const renaming = world.connections(undefined, {
      cipher: {
        isCurrent: (text) => cipher.isCurrent(text),
        encrypt: (text, place) => cipher.encrypt(text, place),
        async decrypt(text, place) {
          if (isFirst) await clientWith({ newClient: true });
          isFirst = false;
          return cipher.decrypt(text, place);
        },
      },
    });
    await renaming.renameConnection('linear', 'renamed');
    const renamed = await world.clients.findBy({ connectionName: 'renamed' });
    expect(renamed).toHaveLength(2);
    for (const { id, redirectUri } of renamed) {
      expect(redirectUri).toBe(id === forgotten?.id ? `${REDIRECT_URI}#${id}` : REDIRECT_URI);
    }
  });

  it('stays set aside when a flow that has found it before cannot register another', async () => {
    await clientWith();
    const { id } = await world.clients.findOneByOrFail({ redirectUri: REDIRECT_URI });
    world.auth.pages.set('/register', answer(503));
    const { cipher } = world.host;
    const late = world.connections(undefined, {
      cipher: {
        isCurrent: (text) => cipher.isCurrent(text),
        encrypt: (text, place) => cipher.encrypt(text, place),
        async decrypt(text, place) {
          await world.clients.update({ id }, { redirectUri: `${REDIRECT_URI}#${id}` });
          return cipher.decrypt(text, place);
        },
      },
    });
    expect(await codeOf(world.begin(late, 'eve', { newClient: true }))).toBe('provider_unavailable');
    expect(await aside()).toHaveLength(1);
  });

  it('is deleted when another is registered, once no tokens and no flow need it', async () => {
    await world.connect(used.connections, 'ada');
    /** When flows are over, or need what is there. */
    const registered = async (isOver: boolean) => {
      await age('updatedAt', 601_000);
      if (isOver) await world.host.forgetFlows();
      return clientWith({ newClient: true });
    };
    expect(await registered(true)).toBe('registered-2');
    expect(await registered(true)).toBe('registered-3');
    expect(await aside()).toHaveLength(2);
    await world.host.rows.deleteAll();
    expect(await registered(false)).toBe('registered-4');
    expect(await aside()).toHaveLength(3);
    expect(await registered(true)).toBe('registered-5');
    // The last one was set aside a moment ago: its flow may not be stored yet.
    expect(await aside()).toHaveLength(1);
  });

  /** As if this many clients had been registered before and set aside just now. */
  const setManyAside = async (count: number) => {
    await clientWith();
    const row = await world.clients.findOneByOrFail({ redirectUri: REDIRECT_URI });
    const copies = Array.from({ length: count }, (_, index) => {
      const id = `copy-${index}`;
      const older = { id, redirectUri: `${REDIRECT_URI}#${id}`, createdAt: new Date(0) };
      return Object.assign(world.clients.create(row), older);
    });
    await world.clients.insert(copies);
    await world.host.forgetFlows();
  };

  it.each<[string, number, number]>([
    ['all that were set aside within a week', 6 * 86_400_000, 25],
    ['the newest twenty', 8 * 86_400_000, 20],
  ])('stays while tokens name it, and of the others %s stay', async (_what, ms, staying) => {
    await world.connect(used.connections, 'ada');
    await clientWith({ newClient: true });
    await setManyAside(24);
    await age('updatedAt', ms);
    await clientWith({ newClient: true });
    // Ada's client, too.
    expect(await aside()).toHaveLength(staying + 1);
    await world.host.expire('ada');
    await used.connections.getAccessToken('ada', 'linear');
    expect(world.tokenRequests.at(-1)).toMatchObject({ client_id: 'registered-1' });
  });

  it('does not stay beside a hundred newer ones that no tokens name, however short ago it was set aside', async () => {
    await world.connect(used.connections, 'ada');
    await clientWith({ newClient: true });
    await setManyAside(110);
    await clientWith({ newClient: true });
    expect(await aside()).toHaveLength(101);
  });

  it('stays while a flow names it, however many others are set aside', async () => {
    const { searchParams } = await world.begin(used.connections, 'ole');
    for (let index = 0; index < 23; index += 1) await clientWith({ newClient: true });
    const callback = `/connections/linear/callback?code=c&state=${searchParams.get('state')}`;
    expect(await used.connections.complete(callback, { userId: 'ole' })).toMatchObject({ userId: 'ole' });
  });
});

/** Registered clients that their server has forgotten: another is registered, and no user's tokens lose theirs. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Connections } from '../../src';
import { keyRing } from '../../src';
import { RegistrationRows } from '../../src/connections/registrations/registrations';
import { codeOf } from '../setup/code-of';
import { keyOf } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { McpWorld, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

const REDIRECT_URI = 'https://api.example.test/connections/linear/callback';
const k1 = { k1: keyOf('1') };
const k2 = { k2: keyOf('2') };

describeAnyEngine('A client that its server has forgotten', (engine) => {
  const world = McpWorld.forTests(engine);
  let connections: Connections;
  beforeEach(async () => {
    await world.startAnew();
    world.auth.pages.set(SERVER, world.server({ revocation_endpoint: `${world.auth.origin}/revoke` }));
    connections = world.connections();
  });
  afterEach(() => void vi.restoreAllMocks());

  const clientOf = async (options = {}) =>
    (await world.begin(connections, 'eve', options)).searchParams.get('client_id');
  const rows = () => world.clients.find({ order: { createdAt: 'ASC', redirectUri: 'DESC' } });
  /** The redirect URIs of the clients that are set aside. */
  const aside = async () => (await rows()).map((row) => row.redirectUri).filter((uri) => uri.includes('#'));
  const comeBack = async (query: Record<string, string>, url?: URL) => {
    const { searchParams } = url ?? (await world.begin(connections, 'ole'));
    const callback = new URLSearchParams({ ...query, state: searchParams.get('state') ?? '' });
    return codeOf(
      connections.complete(`/connections/linear/callback?${callback.toString()}`, { userId: 'ole' }),
    );
  };
  const refresh = async (userId = 'ada') => {
    await world.host.expire(userId);
    return codeOf(connections.getAccessToken(userId, 'linear'));
  };
  /** Lets milliseconds pass since clients were registered, or written last. */
  const age = (column: 'createdAt' | 'updatedAt', ms: number) =>
    world.clients
      .createQueryBuilder()
      .update()
      .set({ [column]: new Date(Date.now() - ms) })
      .execute();
  const refused = (error: string) => world.auth.pages.set('/token', answer(400, { error }));
  const reject = (rejectedToken: string) =>
    codeOf(connections.getAccessToken('ada', 'linear', { rejectedToken }));

  it.each<[string, (error: string) => Promise<unknown>, string, readonly string[]]>([
    [
      'the refusal of a refresh',
      async (error) => {
        await world.connect(connections, 'ada');
        refused(error);
        return refresh();
      },
      'reauthorization_required',
      ['invalid_client', 'unauthorized_client'],
    ],
    [
      'the refusal of a code',
      async (error) => {
        refused(error);
        return comeBack({ code: 'c' });
      },
      'authorization_failed',
      ['invalid_client', 'unauthorized_client'],
    ],
    [
      'the error of a callback',
      (error) => comeBack({ error }),
      'authorization_failed',
      ['invalid_client', 'unauthorized_client'],
    ],
  ])('is replaced after %s', async (_what, signal, result, errors) => {
    await clientOf();
    for (const [index, error] of errors.entries()) {
      await age('updatedAt', 3_601_000);
      expect(await signal(error)).toBe(result);
      await vi.waitFor(async () => expect(await aside()).toHaveLength(index + 1));
      world.auth.pages.set('/token', { access_token: 'at', refresh_token: 'rt', token_type: 'Bearer' });
      expect(await clientOf()).toBe(`registered-${index + 2}`);
      expect(await comeBack({ code: 'c' })).toBe('fine');
    }
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a grant that has ended',
      async () => {
        await world.connect(connections, 'ada');
        refused('invalid_grant');
        return refresh();
      },
      'reauthorization_required',
    ],
    [
      'a scope that is refused',
      async () => {
        refused('invalid_scope');
        return comeBack({ code: 'c' });
      },
      'provider_refused',
    ],
    ['a user who refuses', () => comeBack({ error: 'access_denied' }), 'authorization_denied'],
    ['an error of the server', () => comeBack({ error: 'server_error' }), 'authorization_failed'],
    [
      'a revocation that the server does not offer for such tokens',
      async () => {
        await world.connect(connections, 'ada');
        world.auth.pages.set('/revoke', answer(400, { error: 'unsupported_token_type' }));
        return (await connections.disconnect('ada', 'linear')).revocation;
      },
      'failed',
    ],
    [
      'a revocation for which the client is refused',
      async () => {
        await world.connect(connections, 'ada');
        world.auth.pages.set('/revoke', answer(401, { error: 'invalid_client' }));
        return (await connections.disconnect('ada', 'linear')).revocation;
      },
      'failed',
    ],
    [
      'a rejected token that cannot be refreshed',
      async () => {
        world.auth.pages.set('/token', { access_token: 'at-only', token_type: 'Bearer' });
        await world.connect(connections, 'ada');
        return reject('at-only');
      },
      'reauthorization_required',
    ],
    [
      'a rejected token that can be refreshed',
      async () => {
        await world.connect(connections, 'ada');
        return reject('at-1');
      },
      'fine',
    ],
  ])('is told from one that is known, after %s', async (_what, signal, result) => {
    const asides = vi.spyOn(RegistrationRows.prototype, 'setAside');
    expect(await signal()).toBe(result);
    expect(await clientOf()).toBe('registered-1');
    expect(asides).not.toHaveBeenCalled();
  });

  it.each<[string, Record<string, string>]>([
    ['callbacks', { error: 'unauthorized_client' }],
    ['answers to codes', { code: 'c' }],
  ])('is replaced once an hour for %s: the next may have to be approved first', async (_what, query) => {
    const token = world.auth.pages.get('/token') as object;
    refused('unauthorized_client');
    for (const next of [
      /another one is registered\./,
      /later if its operator .* with `newClient`/,
      /later if/,
    ]) {
      const state = (await world.begin(connections, 'ole')).searchParams.get('state') ?? '';
      const callback = new URLSearchParams({ ...query, state }).toString();
      await expect(
        connections.complete(`/connections/linear/callback?${callback}`, { userId: 'ole' }),
      ).rejects.toMatchObject({ code: 'authorization_failed', message: expect.stringMatching(next) });
    }
    expect(world.registered).toBe(2);
    world.auth.pages.set('/token', token);
    expect(await comeBack({ code: 'c' })).toBe('fine');
    const again = await world.begin(connections, 'eve', { newClient: true });
    expect(again.searchParams.get('client_id')).toBe('registered-3');
    expect(await comeBack({ code: 'c' })).toBe('fine');
  });

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
    await world.connect(connections, 'ada');
    close();
    expect(await comeBack({ error: 'unauthorized_client' })).toBe('authorization_failed');
    expect(await aside()).toHaveLength(1);
    expect(await clientOf()).toBe('registered-1');
    expect(await aside()).toHaveLength(0);
    expect(await codeOf(clientOf({ newClient: true }))).toBe('client_unregistered');
    expect(await clientOf()).toBe('registered-1');
  });

  it('is not known to be that of imported tokens: their refusals replace one an hour', async () => {
    for (const userId of ['i1', 'i2', 'i3']) {
      const tokens = { accessToken: userId, refreshToken: userId, expiresAt: new Date(Date.now() + 1000) };
      await connections.importTokens(userId, 'linear', tokens);
    }
    await clientOf();
    refused('unauthorized_client');
    for (const userId of ['i1', 'i2', 'i3']) {
      await refresh(userId);
      await clientOf();
    }
    expect(world.registered).toBe(2);
  });

  it('is another than the one that has taken its place, whatever becomes of an earlier flow', async () => {
    const before = [await world.begin(connections, 'ole'), await world.begin(connections, 'ole')];
    expect(await clientOf({ newClient: true })).toBe('registered-2');
    expect(await comeBack({ error: 'invalid_client' }, before[0])).toBe('authorization_failed');
    const [redirectUri = ''] = await aside();
    await world.clients.delete({ redirectUri });
    expect(await comeBack({ error: 'invalid_client' }, before[1])).toBe('authorization_failed');
    expect(await clientOf()).toBe('registered-2');
  });

  it('does not hide why a flow ended, when it cannot be set aside', async () => {
    vi.spyOn(RegistrationRows.prototype, 'setAside').mockRejectedValue(new Error('out'));
    expect(await comeBack({ error: 'invalid_client' })).toBe('authorization_failed');
  });

  it('is replaced though its row is encrypted with a new key at that moment', async () => {
    const both = { ...k1, ...k2 };
    const next = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: both }) });
    connections = world.connections(undefined, { cipher: keyRing({ current: 'k1', keys: both }) });
    await world.connect(connections, 'ada');
    world.auth.pages.set('/token', (response) => {
      void next.reencrypt().then(() => response.writeHead(401).end('{"error":"invalid_client"}'));
    });
    expect(await refresh()).toBe('reauthorization_required');
    expect(await rows()).toMatchObject([{ clientEncrypted: expect.stringMatching(/^v1\.k2\./) }]);
    expect(await clientOf()).toBe('registered-2');
    expect(await next.reencrypt()).toMatchObject({ failed: 0, skipped: 0 });
  });

  it('still refreshes and revokes the tokens that were issued to it', async () => {
    for (const userId of ['ada', 'ole', 'eve']) await world.connect(connections, userId);
    const token = world.auth.pages.get('/token') as object;
    refused('invalid_client');
    expect(await refresh('eve')).toBe('reauthorization_required');
    world.auth.pages.set('/token', token);
    expect(await clientOf()).toBe('registered-2');
    expect(await refresh('ada')).toBe('fine');
    expect(world.tokenRequests.at(-1)).toMatchObject({
      grant_type: 'refresh_token',
      client_id: 'registered-1',
    });
    world.auth.pages.set('/revoke', answer(200));
    expect(await connections.disconnect('ole', 'linear')).toMatchObject({ revocation: 'revoked' });
    const { body = '' } = world.auth.requests.find(({ path }) => path === '/revoke') ?? {};
    expect(new URLSearchParams(body).get('client_id')).toBe('registered-1');
  });

  it('is replaced where nothing but its user can tell: `newClient`', async () => {
    expect([await clientOf(), await clientOf({ newClient: false })]).toEqual([
      'registered-1',
      'registered-1',
    ]);
    expect(await clientOf({ newClient: true })).toBe('registered-2');
    expect(await clientOf()).toBe('registered-2');
    expect(await aside()).toHaveLength(1);
  });

  it('is replaced even where no key decrypts it', async () => {
    const lost = world.connections(undefined, { cipher: keyRing({ current: 'k1', keys: k1 }) });
    await world.begin(lost);
    connections = world.connections(undefined, { cipher: keyRing({ current: 'k2', keys: k2 }) });
    expect(await codeOf(clientOf())).toBe('key_unknown');
    expect(await clientOf({ newClient: true })).toBe('registered-2');
    expect(await comeBack({ code: 'c' })).toBe('fine');
  });

  it('is none that a connection declares', async () => {
    connections = world.connections({ client_id: 'mine' });
    expect(await clientOf({ newClient: true })).toBe('mine');
    expect(await comeBack({ error: 'invalid_client' })).toBe('authorization_failed');
    refused('unauthorized_client');
    expect(await comeBack({ code: 'c' })).toBe('provider_refused');
    expect([await world.clients.count(), world.registered]).toEqual([0, 0]);
  });

  it('stays set aside when its connection is renamed at that moment', async () => {
    await clientOf();
    const [forgotten] = await rows();
    const { cipher } = world.host;
    let isFirst = true;
    const renaming = world.connections(undefined, {
      cipher: {
        isCurrent: (text) => cipher.isCurrent(text),
        encrypt: (text, place) => cipher.encrypt(text, place),
        async decrypt(text, place) {
          if (isFirst) await clientOf({ newClient: true });
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
    await clientOf();
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
    await world.connect(connections, 'ada');
    /** When flows are over, or need what is there. */
    const registered = async (isOver: boolean) => {
      await age('updatedAt', 601_000);
      if (isOver) await world.host.forgetFlows();
      return clientOf({ newClient: true });
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
    await clientOf();
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
    await world.connect(connections, 'ada');
    await clientOf({ newClient: true });
    await setManyAside(24);
    await age('updatedAt', ms);
    await clientOf({ newClient: true });
    // Ada's client, too.
    expect(await aside()).toHaveLength(staying + 1);
    await world.host.expire('ada');
    await connections.getAccessToken('ada', 'linear');
    expect(world.tokenRequests.at(-1)).toMatchObject({ client_id: 'registered-1' });
  });

  it('does not stay beside a hundred newer ones that no tokens name, however short ago it was set aside', async () => {
    await world.connect(connections, 'ada');
    await clientOf({ newClient: true });
    await setManyAside(110);
    await clientOf({ newClient: true });
    expect(await aside()).toHaveLength(101);
  });

  it('is blamed by the flow whose code was refused for it, and not the code', async () => {
    const { searchParams } = await world.begin(connections, 'ada');
    await age('createdAt', 3_601_000);
    refused('invalid_client');
    const callback = `/connections/linear/callback?code=c&state=${searchParams.get('state')}`;
    await expect(connections.complete(callback, { userId: 'ada' })).rejects.toMatchObject({
      code: 'authorization_failed',
      message: expect.stringMatching(/refuses the client that it has registered.*another one is registered/),
    });
  });

  it('stays while a flow names it, however many others are set aside', async () => {
    const { searchParams } = await world.begin(connections, 'ole');
    for (let index = 0; index < 23; index += 1) await clientOf({ newClient: true });
    const callback = `/connections/linear/callback?code=c&state=${searchParams.get('state')}`;
    expect(await connections.complete(callback, { userId: 'ole' })).toMatchObject({ userId: 'ole' });
  });
});

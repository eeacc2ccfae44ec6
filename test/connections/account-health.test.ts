/** What `list` says of an account: the same in every process, and what `getAccessToken` would do. */
import { afterAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Connections } from '../../src';
import { ApiWorld } from '../setup/api-world';
import { codeOf } from '../setup/code-of';
import { HOUR_MS, keyOf } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { answer } from '../setup/site';

const SECRET = 'ACCOUNT_HEALTH_SECRET';
const KEYS = { one: keyOf('1'), two: keyOf('2') };

describeAnyEngine('The health of an account', (engine) => {
  const world = new ApiWorld(engine);
  const ring = (current: keyof typeof KEYS, ...others: (keyof typeof KEYS)[]) => ({
    cipher: undefined,
    keys: { current, keys: Object.fromEntries([current, ...others].map((id) => [id, KEYS[id]])) },
  });
  const declared = () =>
    world.host.config({
      token_url: `${world.other.origin}/token`,
      client_secret: undefined,
      client_secret_env: SECRET,
    });
  const provider = (status: number, body: object) => world.other.pages.set('/token', answer(status, body));
  const listed = async (by: Connections, id: string) => (await by.list(id))[0]?.accounts[0];
  const asked = (by: Connections, id: string) => codeOf(by.getAccessToken(id, 'atlassian'));
  let connections: Connections;
  afterAll(() => void delete process.env[SECRET]);
  beforeEach(() => {
    connections = world.connections();
  });

  it('is connected while a token lives, or has expired and nobody has failed to refresh it', async () => {
    const { id } = await world.host.user(connections);
    expect(await listed(connections, id)).toMatchObject({ status: 'connected' });
    await world.host.expire(id, HOUR_MS);
    expect(await listed(connections, id)).toMatchObject({ status: 'connected' });
  });

  it.each([
    ['is down', () => provider(503, {}), 'provider_unavailable'],
    ['refuses the client', () => provider(401, { error: 'invalid_client' }), 'provider_refused'],
    ['cannot be asked, for want of a secret', () => delete process.env[SECRET], 'secret_unresolved'],
  ])('says since when its provider %s, once the token has expired', async (_what, fail, code) => {
    const replica = () => world.connections({}, declared());
    provider(200, { access_token: 'new', refresh_token: 'next', token_type: 'Bearer', expires_in: 3600 });
    process.env[SECRET] = 'secret';
    const { id } = await world.host.user(replica());
    fail();
    const began = Date.now() - 5_000;
    expect(await asked(replica(), id)).toBe(code);
    await world.host.expire(id, 20_000);
    expect(await listed(replica(), id)).toMatchObject({ status: 'connected' });
    await world.host.expire(id);
    const second = replica();
    expect(await asked(second, id)).toBe(code);
    const state = await listed(second, id);
    const { since } = state as { since: Date };
    expect(state).toMatchObject({ status: 'provider_unavailable', retryAt: expect.any(Date) });
    expect(since.getTime()).toBeGreaterThan(began);
    const third = replica();
    expect(await listed(third, id)).toMatchObject({ status: 'provider_unavailable', since, retryAt: null });
    provider(200, { access_token: 'new', refresh_token: 'next', token_type: 'Bearer', expires_in: 3600 });
    process.env[SECRET] = 'secret';
    expect(await asked(third, id)).toBe('fine');
    expect(await listed(second, id)).toMatchObject({ status: 'connected' });
    expect((await world.host.row(id)).failingSince).toBeNull();
  });

  it('has no token to serve once that has expired while a refresh of it was failing', async () => {
    const replica = world.connections({}, declared());
    process.env[SECRET] = 'secret';
    const { id } = await world.host.user(replica);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    await world.host.expire(id, 5_000);
    const asking = new Promise<() => void>((tell) =>
      world.other.pages.set('/token', (response, request) => tell(() => answer(503)(response, request))),
    );
    expect(await asked(replica, id)).toBe('fine');
    const fail = await asking;
    vi.setSystemTime(Date.now() + 5_001);
    const late = asked(replica, id);
    // It has joined the refresh under way once it has read the row.
    await replica.list(id);
    fail();
    expect(await late).toBe('provider_unavailable');
  });

  it.each([
    ['without the key', ring('two'), 'key_unknown'],
    [
      'without the context',
      { cipher: undefined, keys: { ...ring('one').keys, context: 'another' } },
      'ciphertext_invalid',
    ],
  ])(
    'is key_missing in a process %s, until its user has to connect again anyway',
    async (_what, lacking, code) => {
      const writer = world.connections(ring('one'));
      const { id } = await world.host.user(writer, HOUR_MS);
      const reader = world.connections(lacking);
      expect([await asked(reader, id), await listed(reader, id)]).toMatchObject([
        code,
        { status: 'key_missing' },
      ]);
      expect(await listed(writer, id)).toMatchObject({ status: 'connected' });
      await world.host.expire(id);
      expect([await asked(reader, id), await listed(reader, id)]).toMatchObject([
        code,
        { status: 'key_missing' },
      ]);
      await world.host.rows.update({ userId: id }, { refreshTokenEncrypted: null });
      expect(await asked(reader, id)).toBe('reauthorization_required');
      expect(await listed(reader, id)).toMatchObject({
        status: 'reauthorization_required',
        reason: 'expired',
      });
    },
  );

  it('depends on the token that is needed, where the two have different keys', async () => {
    const { id } = await world.host.user(world.connections(ring('one')), HOUR_MS);
    const { refreshTokenEncrypted } = await world.host.row(id);
    const writer = world.connections(ring('two', 'one'));
    await writer.reencrypt();
    await world.host.rows.update({ userId: id }, { refreshTokenEncrypted });
    const reader = world.connections(ring('two'));
    expect([await asked(reader, id), await listed(reader, id)]).toMatchObject([
      'fine',
      { status: 'connected' },
    ]);
    await world.host.expire(id);
    expect([await asked(reader, id), await listed(reader, id)]).toMatchObject([
      'key_unknown',
      { status: 'key_missing' },
    ]);
  });

  it('is assumed to have its key where a cipher of the host’s does not say', async () => {
    const { cipher } = world.host;
    const reader = world.connections({ cipher: { ...cipher, hasKeyOf: undefined } });
    const { id } = await world.host.user(connections, HOUR_MS);
    expect(await listed(reader, id)).toMatchObject({ status: 'connected' });
  });

  it('makes the status of its connection where no account is better off', async () => {
    const { id } = await world.host.user(connections, HOUR_MS, 'home');
    const { accessToken, refreshToken } = await world.host.server.grant(id);
    await connections.importTokens(id, 'atlassian', { accessToken, refreshToken }, { account: 'work' });
    const set = (account: string, changes: object) =>
      world.host.rows.update({ userId: id, account }, changes);
    const status = async () => (await connections.list(id))[0]?.status;
    await set('home', { status: 'reauthorization_required' });
    expect(await status()).toBe('connected');
    await set('work', { rejectedGeneration: () => 'generation' });
    expect(await status()).toBe('token_refused');
    await set('home', { status: 'active', expiresAt: new Date(0), failingSince: new Date() });
    expect(await status()).toBe('provider_unavailable');
    expect(await connections.forgetUser(id)).toBe(2);
    expect(await status()).toBe('not_connected');
  });
});

/** The authorization flow against a real authorization server, from the first redirect to the last token. */
import { beforeAll, expect, it, vi } from 'vitest';
import type { Connections, ConnectionsOptions } from '../../src';
import { ConnectionOAuthState, isConnectionsError } from '../../src';
import { ConnectedHost, keyOf } from '../setup/connected';
import { describeEachEngine } from '../setup/database';

const backend: Partial<ConnectionsOptions> = {
  publicUrl: 'https://api.example.test',
  returnOrigins: ['https://app.example.test'],
};

describeEachEngine('The authorization flow', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  let users = 0;
  const newUser = () => `flow-${(users += 1)}`;
  beforeAll(() => {
    connections = host.connections(backend, host.config({ authorize_params: { prompt: 'consent' } }));
  });

  const states = () => host.dataSource.getRepository(ConnectionOAuthState);
  const begin = async (userId: string, options = {}, from = connections) => {
    const { authorizationUrl } = await from.authorize(userId, 'atlassian', options);
    return authorizationUrl;
  };
  const callback = async (userId: string, options = {}, from = connections) =>
    host.server.visit(await begin(userId, options, from));

  it('connects a user, who then has a token that the server takes, which is renewed and given back', async () => {
    const userId = newUser();
    const heard: unknown[] = [];
    connections.on('connected', (event) => heard.push(event));
    const at = await callback(userId, {
      returnTo: 'https://app.example.test/settings?tab=1',
      account: 'work',
    });
    expect(new URL(at).origin).toBe('https://api.example.test');
    const done = await connections.complete(at, { userId });
    expect(done).toEqual({
      userId,
      connectionName: 'atlassian',
      account: 'work',
      scopes: ['openid', 'offline_access', 'read'],
      returnTo: 'https://app.example.test/settings?tab=1',
    });
    expect(heard).toEqual([{ userId, connectionName: 'atlassian', account: 'work' }]);
    const first = await connections.getAccessToken(userId, 'atlassian', { account: 'work' });
    expect(await host.server.isLive(first.accessToken)).toBe(true);
    await host.expire(userId);
    const second = await connections.getAccessToken(userId, 'atlassian', { account: 'work' });
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(await connections.disconnect(userId, 'atlassian', { account: 'work' })).toEqual({
      removed: true,
      revocation: 'revoked',
    });
    expect(await host.server.isLive(second.accessToken)).toBe(false);
    expect(await connections.disconnect(userId, 'atlassian', { account: 'work' })).toEqual({
      removed: false,
      revocation: 'unsupported',
    });
  });

  it('keeps neither the state nor the verifier in clear', async () => {
    const url = new URL(await begin(newUser()));
    const state = url.searchParams.get('state') ?? '';
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    const rows = await states().find();
    expect(JSON.stringify(rows)).not.toContain(state);
    expect(rows.every(({ codeVerifier }) => codeVerifier?.startsWith('v1.k1.'))).toBe(true);
    const [row] = rows;
    // The two read the clock one after the other.
    const lifeMs = (row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0);
    expect(Math.round(lifeMs / 1_000)).toBe(600);
  });

  it('lets one of a hundred callbacks with one state win', async () => {
    const userId = newUser();
    const at = await callback(userId);
    const replica = await host.replica(backend, host.config({ authorize_params: { prompt: 'consent' } }));
    const calls = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? connections : replica).complete(at, { userId }).then(
        () => 'connected',
        (error: { code: string }) => error.code,
      ),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'connected')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['connected', 'state_unknown']));
    expect(await host.rows.countBy({ userId })).toBe(1);
  });

  it('refuses a replay, another user, another browser and an old one, who take nothing from its owner', async () => {
    const userId = newUser();
    const unknown = { code: 'state_unknown' };
    const at = await callback(userId);
    await expect(connections.complete(at, { userId: 'somebody-else' })).rejects.toMatchObject(unknown);
    await expect(connections.complete(at, { userId: userId.toUpperCase() })).rejects.toMatchObject(unknown);
    await expect(connections.complete(at, {})).rejects.toMatchObject({ code: 'option_invalid' });
    await expect(connections.complete(at, { browserBinding: 'guess' })).rejects.toMatchObject(unknown);
    await connections.complete(at, { userId });
    await expect(connections.complete(at, { userId })).rejects.toMatchObject(unknown);

    const bound = await connections.authorize(userId, 'atlassian', { bindToBrowser: true });
    const boundAt = await host.server.visit(bound.authorizationUrl);
    await expect(connections.complete(boundAt, { userId })).rejects.toMatchObject(unknown);
    await expect(connections.complete(boundAt, { browserBinding: 'guess' })).rejects.toMatchObject(unknown);
    const mine = { browserBinding: bound.browserBinding ?? '' };
    await expect(connections.complete(boundAt, { ...mine, userId: 'other' })).rejects.toMatchObject(unknown);
    expect(await connections.complete(boundAt, mine)).toMatchObject({ userId });

    const old = await callback(userId);
    await states().update({ userId }, { expiresAt: new Date(Date.now() - 1000) });
    await expect(connections.complete(old, { userId })).rejects.toMatchObject(unknown);
  });

  it('refuses to end what was declared anew meanwhile, and what is not declared any more', async () => {
    const userId = newUser();
    const changed = host.connections(backend, host.config({ scopes: 'openid' }));
    const at = await callback(userId);
    await expect(changed.complete(at, { userId })).rejects.toMatchObject({ code: 'connection_changed' });
    const gone = host.connections(backend, { mcpServers: {} });
    const again = await callback(userId);
    await expect(gone.complete(again, { userId })).rejects.toMatchObject({ code: 'connection_unknown' });
    expect(await host.rows.countBy({ userId })).toBe(0);
    expect(await states().countBy({ userId })).toBe(0);
  });

  it.each([
    ['verifier', { codeVerifier: null }],
    ['verifier', { codeVerifier: '' }],
    ['user', { userId: 'mallory' }],
    ['connection', { connectionName: 'other' }],
    ['account', { account: 'other' }],
    ['redirect URI', { redirectUri: 'https://api.example.test/connections/other/callback' }],
    ['issuer', { issuer: 'https://evil.example.test' }],
    ['way back', { returnTo: 'https://evil.example.test/' }],
    ['scopes', { requestedScopes: 'write' }],
    ['fingerprint', { configFingerprint: 'f'.repeat(64) }],
  ])('ends no flow whose %s was changed in the table: %j', async (_what, changes) => {
    const userId = newUser();
    const bound = await connections.authorize(userId, 'atlassian', {
      bindToBrowser: true,
      returnTo: '/settings',
    });
    const at = await host.server.visit(bound.authorizationUrl);
    await states().update({ userId }, changes);
    const before = host.server.tokenRequests;
    const completion = connections.complete(at, { browserBinding: bound.browserBinding ?? '' });
    await expect(completion).rejects.toMatchObject({
      code: 'ciphertext_invalid',
      returnTo: null,
    });
    expect(host.server.tokenRequests).toBe(before);
  });

  it('ends no flow of another user with the session of this one, after a change in the table', async () => {
    const [userId, attacker] = [newUser(), newUser()];
    const at = await callback(attacker);
    await states().update({ userId: attacker }, { userId });
    await expect(connections.complete(at, { userId })).rejects.toMatchObject({ code: 'ciphertext_invalid' });
    expect(await host.rows.countBy({ userId })).toBe(0);
  });

  it('says that the user said no', async () => {
    const userId = newUser();
    host.server.decision = 'deny';
    const at = await callback(userId).finally(() => (host.server.decision = 'allow'));
    await expect(connections.complete(at, { userId })).rejects.toMatchObject({
      code: 'authorization_denied',
    });
    expect(await states().countBy({ userId })).toBe(0);
  });

  it('says of a failure which connection and account it was about, and where the user wanted to go', async () => {
    const userId = newUser();
    host.server.decision = 'deny';
    const wanted = { returnTo: '/settings?tab=1', account: 'work' };
    const at = await callback(userId, wanted).finally(() => (host.server.decision = 'allow'));
    const about = { connectionName: 'atlassian', account: 'work', returnTo: '/settings?tab=1' };
    await expect(connections.complete(at, { userId })).rejects.toMatchObject(about);
    const gone = host.connections(backend, { mcpServers: {} });
    const again = await callback(userId, wanted);
    await expect(gone.complete(again, { userId })).rejects.toMatchObject({
      code: 'connection_unknown',
      ...about,
    });
    const foreign = host.connections({ ...backend, keys: `k9:${keyOf('9')}`, cipher: undefined });
    const sealed = await callback(userId, wanted);
    await expect(foreign.complete(sealed, { userId })).rejects.toMatchObject({
      code: 'key_unknown',
      ...about,
    });
  });

  it('lets two flows of one browser end in any order, with one cookie', async () => {
    const userId = newUser();
    const first = await connections.authorize(userId, 'atlassian', { bindToBrowser: true });
    const browserBinding = first.browserBinding ?? '';
    const second = await connections.authorize(userId, 'atlassian', { browserBinding, account: 'second' });
    expect(second.browserBinding).toBe(browserBinding);
    const rows = await states().findBy({ userId });
    expect(new Set(rows.map((row) => row.browserBinding)).size).toBe(2);
    for (const { authorizationUrl } of [second, first]) {
      const at = await host.server.visit(authorizationUrl);
      expect(await connections.complete(at, { browserBinding })).toMatchObject({ userId });
    }
  });

  it('refuses the cookie of another browser, and what the table holds of the right one', async () => {
    const userId = newUser();
    const mine = await connections.authorize(userId, 'atlassian', { bindToBrowser: true });
    const other = await connections.authorize(newUser(), 'atlassian', { bindToBrowser: true });
    const at = await host.server.visit(mine.authorizationUrl);
    const [row] = await states().findBy({ userId });
    const unknown = { code: 'state_unknown' };
    for (const browserBinding of [other.browserBinding, row?.browserBinding, undefined, 'guess', '']) {
      const given = { browserBinding: browserBinding ?? undefined };
      await expect(connections.complete(at, given)).rejects.toMatchObject(unknown);
      await expect(connections.complete(at, { ...given, userId })).rejects.toMatchObject(unknown);
    }
    const right = { browserBinding: mine.browserBinding ?? '' };
    expect(await connections.complete(at, right)).toMatchObject({ userId });
  });

  it('begins again with what the error of a failed flow says', async () => {
    const userId = newUser();
    host.server.decision = 'deny';
    const at = await callback(userId, { account: 'work' }).finally(() => (host.server.decision = 'allow'));
    const error: unknown = await connections.complete(at, { userId }).catch((thrown: unknown) => thrown);
    if (!isConnectionsError(error, 'authorization_denied')) throw error;
    const { connectionName, account, returnTo } = error;
    const again = await connections.authorize(userId, connectionName, { account, returnTo });
    const callbackUrl = await host.server.visit(again.authorizationUrl);
    expect(await connections.complete(callbackUrl, { userId })).toMatchObject({
      account: 'work',
      returnTo: null,
    });
  });

  it('gives a browser whose cookie is not of our making a new one', async () => {
    const userId = newUser();
    for (const browserBinding of ['guessable', '', 'x'.repeat(44), `${'x'.repeat(42)}.`]) {
      const begun = await connections.authorize(userId, 'atlassian', { bindToBrowser: true, browserBinding });
      expect(begun.browserBinding).toMatch(/^[\w-]{43}$/);
      expect(begun.browserBinding).not.toBe(browserBinding);
    }
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    [
      'an error of the provider, escaped and cut',
      { error: 'server_error', error_description: `<b>\u001b[31m${'x'.repeat(900)}` },
      'authorization_failed',
      /"server_error", "\\u003cb\\u003e\\u001b\[31mx{1,200}…"/,
    ],
    ['neither code nor error', {}, 'callback_invalid', /neither a code nor an error/],
    ['an empty code', { code: '' }, 'callback_invalid', /neither a code nor an error/],
    [
      'a code that the provider does not take',
      { code: 'made-up' },
      'authorization_failed',
      /does not accept the code/,
    ],
    [
      'the name of another server',
      { code: 'c', iss: 'https://evil.example.test' },
      'issuer_mismatch',
      /names the issuer "https:\/\/evil\.example\.test", and the user was sent to "http:\/\/127/,
    ],
    [
      'an error of another server',
      { error: 'access_denied', iss: 'https://evil.example.test' },
      'issuer_mismatch',
      /names the issuer/,
    ],
  ])('ends with a typed error on %s, and the state is used up', async (_what, parameters, code, message) => {
    const userId = newUser();
    const named = host.connections(backend, host.config({ issuer: host.server.issuer }));
    const state = new URL(await begin(userId, {}, named)).searchParams.get('state') ?? '';
    const iss = host.server.issuer;
    const at = `/connections/atlassian/callback?${new URLSearchParams({ iss, ...parameters, state }).toString()}`;
    const error: unknown = await named.complete(at, { userId }).catch((thrown: unknown) => thrown);
    const about = { connectionName: 'atlassian', account: 'default', returnTo: null };
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), ...about });
    expect((error as Error).message).not.toMatch(/made-up|[^\P{Cc}]/u);
    expect(await states().countBy({ userId })).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['no text', undefined as never],
    ['no state', '/callback?code=1'],
    ['two states', '/callback?code=1&state=a&state=b'],
    ['two codes', '/callback?code=1&code=2&state=a'],
    ['no address', 'http://['],
    ['far too much', `/callback?state=${'a'.repeat(20_000)}`],
  ])('refuses a callback with %s', async (_what, at) => {
    await expect(connections.complete(at, { userId: 'u' })).rejects.toMatchObject({
      code: 'callback_invalid',
    });
  });

  it('asks for scopes besides those declared and those granted', async () => {
    const userId = newUser();
    await connections.complete(await callback(userId), { userId });
    await host.rows.update({ userId }, { scopes: 'openid extra' });
    const url = new URL(await begin(userId, { scopes: ['write', 'read'] }));
    expect(url.searchParams.get('scope')).toBe('openid offline_access read extra write');
    const { scopes } = await connections.complete(await host.server.visit(url.href), { userId });
    expect(scopes).toContain('write');
  });

  it('lets tokens of a new authorization win over a refresh that is on its way', async () => {
    const userId = newUser();
    await connections.complete(await callback(userId), { userId });
    await host.expire(userId);
    const at = await callback(userId);
    const held = new Promise<() => void>((resolve) => {
      host.server.interferences.push(async ({ perform, response }) => {
        const { status, body } = await perform();
        resolve(() => void response.writeHead(status, { 'content-type': 'application/json' }).end(body));
      });
    });
    const refreshing = connections.getAccessToken(userId, 'atlassian');
    const answer = await held;
    await connections.complete(at, { userId });
    answer();
    const { accessToken } = await refreshing;
    expect((await connections.getAccessToken(userId, 'atlassian')).accessToken).toBe(accessToken);
    expect(await host.server.isLive(accessToken)).toBe(true);
    const { generation, claimedGeneration } = await host.row(userId);
    expect(generation).toBe(claimedGeneration);
  });

  it('sweeps what nobody came back for', async () => {
    const userId = newUser();
    await begin(userId);
    await states().update({ userId }, { expiresAt: new Date(0) });
    const fresh = host.connections(backend, host.config());
    await begin(newUser(), {}, fresh);
    await vi.waitFor(async () => expect(await states().countBy({ userId })).toBe(0));
  });
});

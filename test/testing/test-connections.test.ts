/** The kit as a host's test sees it: what each word to a provider does to the calls of the host. */
import { eventually } from '../setup/eventually';
import type { TestKit } from '../../src/testing';
import { Column, DataSource, Entity, EntitySchema, PrimaryColumn } from 'typeorm';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Connections, connectionEntities, defineConnections, keyRing, MetadataStore } from '../../src';
import { connectionsHandler } from '../../src/http';
import { testConnections } from '../../src/testing';
import { codeOf } from '../setup/code-of';
import { testDatabase } from '../setup/database';
import { recordingLogger } from '../setup/recording-logger';

afterEach(() => void vi.useRealTimers());

const API = 'https://api.github.test/user';

async function github(options: { lifetimeMs?: number | null; refreshTokens?: boolean } = {}) {
  const kit = await testConnections({ names: ['github'], ...options });
  onTestFinished(() => kit.close());
  kit.provider.api((_request, { scopes }) => Response.json(scopes));
  const call = () => kit.connections.fetchFor('u1', 'github')(API);
  return { ...kit, call };
}

const statusOf = async <Name extends string>({ connections }: TestKit<Name>) =>
  (await connections.list('u1'))[0]?.status;

describe('testConnections', () => {
  it('connects an account by a whole flow, with the scopes asked for', async () => {
    const { connections, provider, close } = await testConnections({ names: ['github', 'Linear 2'] });
    onTestFinished(close);
    const completed = await provider.connect('u1', 'github', { scopes: ['repo'] });
    expect(completed).toMatchObject({ userId: 'u1', connectionName: 'github', scopes: ['repo'] });
    await provider.connect('u1', 'Linear 2');
    expect((await connections.list('u1')).map(({ name, status }) => [name, status])).toEqual([
      ['Linear 2', 'connected'],
      ['github', 'connected'],
    ]);
    expect(provider.requests).toEqual([
      {
        what: 'code',
        connectionName: 'github',
        method: 'POST',
        url: 'https://github.test/token',
        status: 200,
      },
      {
        what: 'code',
        connectionName: 'Linear 2',
        method: 'POST',
        url: 'https://linear-2.test/token',
        status: 200,
      },
    ]);
  });

  it('tells the API who calls', async () => {
    const { connections, provider } = await github();
    await provider.connect('u1', 'github', { scopes: ['repo'], account: 'work' });
    provider.api((request, caller) => Response.json({ path: new URL(request.url).pathname, ...caller }));
    const response = await connections.fetchFor('u1', 'github', { account: 'work' })(API);
    expect(await response.json()).toEqual({
      path: '/user',
      userId: 'u1',
      connectionName: 'github',
      account: 'work',
      scopes: ['repo'],
    });
  });

  it('answers 501 for an API that the test says nothing about', async () => {
    const { connections, provider } = await testConnections({ names: ['github'] });
    await provider.connect('u1', 'github');
    const response = await connections.fetchFor('u1', 'github')(API);
    expect([response.status, await response.text()]).toEqual([501, expect.stringContaining('provider.api')]);
  });

  it('reaches nothing else', async () => {
    const { connections, provider } = await github();
    await provider.connect('u1', 'github');
    const call = connections.fetchFor('u1', 'github')('https://elsewhere.test/');
    await expect(call).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { message: expect.stringContaining('https://elsewhere.test') },
    });
    expect(provider.requests.at(-1)).toMatchObject({ what: 'nowhere', connectionName: null, status: null });
  });

  it('lets the access token expire: many callers share one refresh', async () => {
    const { provider, call } = await github();
    await provider.connect('u1', 'github');
    await provider.expire('u1', 'github');
    const answers = await Promise.all(Array.from({ length: 5 }, call));
    expect([answers.map(({ status }) => status), provider.refreshes]).toEqual([Array(5).fill(200), 1]);
  });

  it('ends a grant', async () => {
    const kit = await github();
    await kit.provider.connect('u1', 'github');
    kit.provider.endGrant('u1', 'github');
    expect([await codeOf(kit.call()), kit.provider.refreshes]).toEqual(['reauthorization_required', 1]);
    expect(await statusOf(kit)).toBe('reauthorization_required');
    await kit.provider.connect('u1', 'github');
    expect(await codeOf(kit.call())).toBe('fine');
  });

  it('lets a user say no, until that ends', async () => {
    const { provider } = await github();
    const agree = provider.deny('github');
    expect(await codeOf(provider.connect('u1', 'github'))).toBe('authorization_denied');
    agree();
    expect(await codeOf(provider.connect('u1', 'github'))).toBe('fine');
  });

  it('lets a provider be unavailable, until that ends', async () => {
    const kit = await github();
    await kit.provider.connect('u1', 'github');
    await kit.provider.expire('u1', 'github');
    const recover = kit.provider.unavailable('github', { retryAfterMs: 7_000 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    expect([await codeOf(kit.call()), await statusOf(kit)]).toEqual([
      'provider_unavailable',
      'provider_unavailable',
    ]);
    recover();
    vi.setSystemTime(Date.now() + 7_000);
    expect([await codeOf(kit.call()), kit.provider.refreshes]).toEqual(['fine', 2]);
  });

  it('lets a provider grant less than is asked for', async () => {
    const { provider } = await github();
    const grantAll = provider.refuseScope('github', 'repo');
    const { scopes } = await provider.connect('u1', 'github', { scopes: ['repo', 'gist'] });
    grantAll();
    const again = await provider.connect('u1', 'github', { scopes: ['repo', 'gist'] });
    expect([scopes, again.scopes.toSorted()]).toEqual([['gist'], ['gist', 'repo']]);
  });

  it('lets the API refuse every token of an account, until that ends', async () => {
    const kit = await github();
    await kit.provider.connect('u1', 'github');
    const accept = kit.provider.refuseToken('u1', 'github');
    expect([await codeOf(kit.call()), await statusOf(kit)]).toEqual(['token_refused', 'token_refused']);
    accept();
    accept();
    expect([await codeOf(kit.call()), await statusOf(kit)]).toEqual(['fine', 'connected']);
  });

  it('lets a provider be slow: what is asked is answered when that ends', async () => {
    const { provider, call } = await github();
    await provider.connect('u1', 'github');
    await provider.expire('u1', 'github');
    const answer = provider.slow('github');
    let isAnswered = false;
    const response = call().finally(() => (isAnswered = true));
    await eventually(() => expect(provider.refreshes).toBe(1));
    expect(isAnswered).toBe(false);
    answer();
    expect((await response).status).toBe(200);
  });

  it('lets a slow provider be given up, which then does nothing of what it was asked', async () => {
    const { connections, provider, call } = await github();
    await provider.connect('u1', 'github');
    await provider.expire('u1', 'github');
    const answer = provider.slow('github');
    vi.useFakeTimers();
    const given = codeOf(call());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await given).toBe('provider_unavailable');
    answer();
    vi.setSystemTime(Date.now() + 600_000);
    expect(await codeOf(connections.getAccessToken('u1', 'github'))).toBe('fine');
  });

  it('gives tokens to import, which work as those of a flow do', async () => {
    const { connections, provider, call } = await github();
    await connections.importTokens('u1', 'github', await provider.issue('github', { scopes: ['repo'] }));
    expect(await (await call()).json()).toEqual(['repo']);
    await provider.expire('u1', 'github');
    expect([(await call()).status, provider.refreshes]).toEqual([200, 1]);
  });

  it('gives tokens that do not expire, or cannot be refreshed, if it is told so', async () => {
    const forever = await github({ lifetimeMs: null });
    await forever.provider.connect('u1', 'github');
    expect((await forever.connections.getAccessToken('u1', 'github')).expiresAt).toBeNull();
    const once = await github({ refreshTokens: false });
    await once.provider.connect('u1', 'github');
    await once.provider.expire('u1', 'github');
    expect([await codeOf(once.call()), once.provider.refreshes]).toEqual(['reauthorization_required', 0]);
  });

  it('knows an account under a new name of its user', async () => {
    const { connections, provider } = await github();
    await provider.connect('u1', 'github');
    await connections.renameUser('u1', 'u2');
    provider.endGrant('u2', 'github');
    const call = connections.fetchFor('u2', 'github')(API);
    expect(await codeOf(call)).toBe('reauthorization_required');
  });

  it.each(['setTimeout and its like', 'everything'])('works while %s stands still', async (which) => {
    const everything = [
      'setTimeout',
      'setInterval',
      'setImmediate',
      'Date',
      'performance',
      'hrtime',
    ] as const;
    vi.useFakeTimers(which === 'everything' ? { toFake: [...everything] } : {});
    const { connections, provider, close } = await testConnections({ names: ['github'] });
    await provider.connect('u1', 'github');
    provider.api(() => Response.json({ fine: true }));
    const fetch = connections.fetchFor('u1', 'github');
    expect(await (await fetch(API)).json()).toEqual({ fine: true });
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    await fetch(API);
    expect(provider.refreshes).toBe(1);
    expect(await connections.disconnect('u1', 'github')).toEqual({ removed: true, revocation: 'revoked' });
    await close();
  });

  it('says what is wrong with what a test asks for', async () => {
    const { provider } = await github();
    expect(() => provider.endGrant('u1', 'github')).toThrow(/no tokens of "github" in that account/);
    expect(await codeOf(testConnections({}))).toBe('option_invalid');
    expect(await codeOf(testConnections({ names: ['a'], config: { mcpServers: {} } }))).toBe(
      'option_invalid',
    );
    const config = '{ "mcpServers": { "a": { "url": "ftp://x.test/", "auth_type": "oauth2" } } }';
    expect(await codeOf(testConnections({ config }))).toBe('sync_incomplete');
  });
});

describe('testConnections with the document of a host', () => {
  it('discovers what is not declared, and registers a client', async () => {
    const config = defineConnections({
      mcpServers: { 'my wiki': { url: 'https://wiki.example.com/mcp', auth_type: 'oauth2' } },
    });
    const { connections, provider, close } = await testConnections({ config });
    onTestFinished(close);
    const { scopes } = await provider.connect('u1', 'my wiki', { scopes: ['read'] });
    provider.api((request) => new Response(request.url));
    const response = await connections.fetchFor('u1', 'my wiki')('https://wiki.example.com/mcp');
    expect([scopes, await response.text()]).toEqual([['read'], 'https://wiki.example.com/mcp']);
    await provider.expire('u1', 'my wiki');
    await connections.getAccessToken('u1', 'my wiki');
    expect(await connections.disconnect('u1', 'my wiki')).toMatchObject({ revocation: 'revoked' });
    const asked = new Set(provider.requests.map(({ what }) => what));
    expect([...asked].toSorted()).toEqual([
      'api',
      'code',
      'refresh',
      'registration',
      'resource metadata',
      'revocation',
      'server metadata',
    ]);
  });

  it('answers as each provider is declared to', async () => {
    const oauth = {
      authorize_url: 'https://accounts.example.com/authorize',
      token_url: 'https://accounts.example.com/token?version=2',
      client_id: 'shared client',
      client_secret_file: '/run/secrets/shared',
    };
    const config = defineConnections({
      mcpServers: {
        mail: { url: 'https://mail.example.com/', oauth_config: oauth },
        files: {
          url: 'https://files.example.com/',
          oauth_config: {
            ...oauth,
            token_endpoint_auth_method: 'client_secret_basic',
            token_request_format: 'json',
            token_path: 'data.tokens',
            error_path: 'failure.code',
            scope_separator: ',',
            scopes: ['a', 'b'],
            refresh_url: 'https://accounts.example.com/refresh',
            pkce: 'off',
          },
        },
      },
    });
    const { connections, provider, close } = await testConnections({ config });
    onTestFinished(close);
    expect((await provider.connect('u1', 'files')).scopes).toEqual(['a', 'b']);
    await provider.connect('u1', 'mail');
    await provider.expire('u1', 'files');
    await connections.getAccessToken('u1', 'files');
    expect(provider.requests.map(({ connectionName, url }) => [connectionName, url])).toEqual([
      ['files', 'https://accounts.example.com/token'],
      ['mail', 'https://accounts.example.com/token'],
      ['files', 'https://accounts.example.com/refresh'],
    ]);
    provider.endGrant('u1', 'files');
    await provider.expire('u1', 'files');
    expect(await codeOf(connections.getAccessToken('u1', 'files'))).toBe('reauthorization_required');
  });

  it('takes options of the host, and gives them for `Connections` that the host makes', async () => {
    const keys = { current: 'k', keys: { k: new Uint8Array(32).fill(7) } };
    const { provider, store, options, close } = await testConnections({
      names: ['github'],
      connections: { keys, publicUrl: 'https://service.example.com/base' },
    });
    onTestFinished(close);
    const connections = new Connections(store, options);
    const { authorizationUrl } = await connections.authorize('u1', 'github');
    const callbackUrl = await provider.visit(authorizationUrl);
    expect(callbackUrl).toMatch(/^https:\/\/service\.example\.com\/base\/connections\/github\/callback\?/);
    await connections.complete(callbackUrl, { userId: 'u1' });
    provider.endGrant('u1', 'github');
    const [row] = await store.dataSource.query('SELECT * FROM user_connection_tokens');
    const place = {
      table: 'user_connection_tokens',
      column: 'access_token_encrypted',
      row: ['u1', 'github', 'default'],
    } as const;
    expect(await keyRing(keys).decrypt(row.access_token_encrypted, place)).toMatch(/^access-/);
  });

  it('has the tables of the host’s entities', async () => {
    const entities = [Note, Tag, label];
    const { store, close } = await testConnections({ names: ['github'], entities });
    onTestFinished(close);
    const { manager } = store.dataSource;
    await manager.save(new Tag('urgent'));
    await manager.insert(label, { id: 2 });
    await manager.insert(Note, { id: 1, text: 'hello' });
    expect([await manager.find(Note), await manager.count(Tag), await manager.find(label)]).toEqual([
      [{ id: 1, text: 'hello' }],
      1,
      [{ id: 2 }],
    ]);
    const wrong = testConnections({ names: ['github'], entities: [{}] as never });
    expect(await codeOf(wrong)).toBe('option_invalid');
  });

  it('works with a database of the host’s choice', async () => {
    const dataSource = await (await testDatabase('sqlite')).connect();
    const { connections, provider, store, close } = await testConnections({ names: ['github'], dataSource });
    expect(store.dataSource).toBe(dataSource);
    await provider.connect('u1', 'github');
    await provider.expire('u1', 'github');
    await connections.getAccessToken('u1', 'github');
    expect(provider.refreshes).toBe(1);
    await close();
    // Whoever opened it closes it.
    expect(dataSource.isInitialized).toBe(true);
  });

  it('answers where only `trustedOrigins` lets a redirect of an API lead, which gets no token', async () => {
    const { connections, provider, close } = await testConnections({
      names: ['github'],
      connections: { trustedOrigins: { 'http://10.0.0.5:8080': ['github'] } },
    });
    onTestFinished(close);
    await provider.connect('u1', 'github');
    const asked: unknown[] = [];
    provider.api(({ url, headers }, { connectionName, userId }) => {
      asked.push([url, headers.get('authorization') !== null, connectionName, userId]);
      return url === API ? Response.redirect('http://10.0.0.5:8080/file', 302) : new Response('file');
    });
    const response = await connections.fetchFor('u1', 'github')(API);
    expect(await response.text()).toBe('file');
    expect(asked).toEqual([
      [API, true, 'github', 'u1'],
      ['http://10.0.0.5:8080/file', false, 'github', null],
    ]);
    const elsewhere = connections.fetchFor('u1', 'github')('http://10.0.0.6/');
    expect(await codeOf(elsewhere)).toBe('address_refused');
  });

  it('sends users back to `returnOrigins` alone', async () => {
    const { connections, provider, close } = await testConnections({
      names: ['github'],
      connections: { returnOrigins: ['https://front.test'] },
    });
    onTestFinished(close);
    const returnTo = 'https://front.test/settings';
    const { authorizationUrl } = await connections.authorize('u1', 'github', { returnTo });
    const completed = await connections.complete(await provider.visit(authorizationUrl), { userId: 'u1' });
    expect(completed.returnTo).toBe(returnTo);
    const elsewhere = connections.authorize('u1', 'github', { returnTo: 'https://elsewhere.test/' });
    expect(await codeOf(elsewhere)).toBe('return_to_refused');
  });

  it('takes no word about an account that is not connected any more', async () => {
    const { connections, provider, store } = await github();
    await provider.connect('u1', 'github');
    await connections.renameUser('u1', 'u2');
    expect(() => provider.endGrant('u1', 'github')).toThrow(/no tokens of "github" in that account/);
    await connections.disconnect('u2', 'github');
    for (const method of ['endGrant', 'refuseToken'] as const)
      expect(() => provider[method]('u2', 'github')).toThrow(/no tokens of "github" in that account/);
    expect(await codeOf(provider.expire('u2', 'github'))).toBe('option_invalid');
    await provider.connect('u3', 'github');
    await store.dataSource.query('DELETE FROM user_connection_tokens');
    expect(await codeOf(provider.expire('u3', 'github'))).toBe('option_invalid');
  });

  it('lets users agree at a provider that is unavailable, and fails when they come back', async () => {
    const { connections, provider } = await github();
    const { authorizationUrl } = await connections.authorize('u1', 'github');
    provider.unavailable('github');
    const callbackUrl = await provider.visit(authorizationUrl);
    expect(await codeOf(connections.complete(callbackUrl, { userId: 'u1' }))).toBe('provider_unavailable');
  });

  it('has the one database in memory of which a host is not warned', async () => {
    const logger = recordingLogger();
    const { close } = await testConnections({ names: ['github'], connections: { logger } });
    await close();
    expect(logger.lines.filter((line) => line.startsWith('warn'))).toEqual([]);
    const dataSource = new DataSource({ type: 'sqljs', entities: [...connectionEntities] });
    const store = new MetadataStore({ dataSource, config: { mcpServers: {} }, logger });
    await store.initialize();
    await store.close();
    expect(logger.lines).toContainEqual(
      expect.stringMatching(/^warn: .*"sqljs" keeps everything in the memory/),
    );
  });
});

describe('the routes of a host', () => {
  it('are tested with a visit to the provider', async () => {
    const { connections, provider, close } = await testConnections({ names: ['github'] });
    onTestFinished(close);
    const handler = connectionsHandler(connections, { user: () => 'u1', afterwards: '/settings' });
    const request = (path: string, init?: RequestInit) =>
      handler(new Request(`https://app.test/connections${path}`, init), undefined);
    const begun = await request('/github/connect', {
      method: 'POST',
      headers: { origin: 'https://app.test' },
    });
    const callbackUrl = await provider.visit(begun?.headers.get('location') ?? '');
    const cookie = begun?.headers.get('set-cookie')?.split(';')[0] ?? '';
    const done = await handler(new Request(callbackUrl, { headers: { cookie } }), undefined);
    expect(done?.headers.get('location')).toContain('/settings?connection_success=github');
    const status = await request('/github/status');
    expect(await status?.json()).toMatchObject({ connected: true });
  });
});

@Entity({ name: 'notes' })
class Note {
  @PrimaryColumn({ name: 'id', type: 'integer' })
  id!: number;

  @Column({ name: 'text', type: 'text' })
  text!: string;
}

@Entity({ name: 'tags' })
class Tag {
  @PrimaryColumn({ name: 'name', type: 'text' })
  name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const label = new EntitySchema<{ id: number }>({
  name: 'label',
  columns: { id: { type: 'integer', primary: true } },
});

/** What discovery meets outside: clients wanted by many at once, caches, outages, hostile and sloppy servers. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionClientRegistration, keyRing } from '../../src';
import { codeOf } from '../setup/code-of';
import { keyOf } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { McpWorld, OPENID, RESOURCE, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

describeAnyEngine('A registered client', (engine) => {
  const world = McpWorld.forTests(engine);
  beforeEach(async () => {
    world.reset();
    await world.host.dataSource.getRepository(ConnectionClientRegistration).deleteAll();
  });
  const registrations = () => world.auth.requests.filter(({ path }) => path === '/register').length;
  const rows = () => world.host.dataSource.getRepository(ConnectionClientRegistration).find();

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
    await world.host.dataSource.getRepository(ConnectionClientRegistration).insert({
      id: 'stopped',
      connectionName: 'linear',
      issuer: world.auth.origin,
      redirectUri: 'https://api.example.test/connections/linear/callback',
      clientEncrypted: '',
      expiresAt: new Date(Date.now() + 300),
      createdAt: new Date(),
      updatedAt: new Date(),
    });
    await world.begin(connections);
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

/** Addresses that must not be requested, or are none. */
const UNUSABLE = [
  'https://169.254.169.254/x',
  'http://auth.example.test/x',
  'javascript:alert(1)',
  '',
  '/relative',
  7,
];

describe('Discovery', () => {
  const world = McpWorld.forTests('sqlite');
  beforeEach(() => world.startAnew());
  const begin = (options = {}, oauth?: Parameters<McpWorld['connections']>[0]) =>
    world.begin(world.connections(oauth, options));
  const documentsAsked = () =>
    [...world.mcp.requests, ...world.auth.requests].filter(({ path }) => path.includes('.well-known'));

  it('keeps metadata for as long as its headers say, at least a minute', async () => {
    world.auth.pages.set(SERVER, answer(200, world.server(), { 'cache-control': 'no-store' }));
    world.mcp.pages.set(`${RESOURCE}/mcp`, answer(200, world.resource(), { 'cache-control': 'max-age=0' }));
    const connections = world.connections();
    await world.connect(connections, 'cached');
    for (let round = 0; round < 3; round += 1) {
      await world.host.expire('cached');
      await connections.getAccessToken('cached', 'linear');
    }
    expect(documentsAsked()).toHaveLength(2);
  });

  it('asks for metadata anew when a user connects, and shows an older document only during an outage', async () => {
    const connections = world.connections();
    await world.begin(connections);
    world.auth.pages.set(SERVER, world.server({ authorization_endpoint: `${world.auth.origin}/other` }));
    expect((await world.begin(connections)).pathname).toBe('/other');
    world.auth.pages.set(SERVER, answer(503));
    expect((await world.begin(connections)).pathname).toBe('/other');
    expect(documentsAsked()).toHaveLength(6);
  });

  it('asks once for what many want at once', async () => {
    const connections = world.connections();
    await Promise.all(Array.from({ length: 20 }, (_, index) => world.begin(connections, `u${index}`)));
    expect(documentsAsked()).toHaveLength(2);
  });

  it('that is out takes no token that lives, and loses none that does not', async () => {
    const connections = world.connections();
    await world.connect(connections, 'out');
    for (const path of ['/mcp', `${RESOURCE}/mcp`, RESOURCE]) world.mcp.pages.set(path, answer(503));
    for (const path of [SERVER, OPENID]) world.auth.pages.set(path, answer(503));
    const fresh = world.connections();
    expect((await fresh.getAccessToken('out', 'linear')).accessToken).toMatch(/^at-/);
    await world.host.expire('out');
    const before = await world.host.row('out');
    expect(await codeOf(fresh.getAccessToken('out', 'linear'))).toBe('provider_unavailable');
    expect(await world.host.row('out')).toEqual(Object.assign(before, { failingSince: expect.any(Date) }));
    expect(await codeOf(connections.getAccessToken('out', 'linear'))).toBe('fine');
  });

  it('notices another authorization server before a token goes to it', async () => {
    await world.connect(world.connections(), 'moved');
    await world.host.expire('moved');
    const other = `${world.auth.origin}/other`;
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [other] }));
    world.auth.pages.set(`${SERVER}/other`, world.server({ issuer: other }));
    world.auth.requests.length = 0;
    expect(await codeOf(world.connections().getAccessToken('moved', 'linear'))).toBe(
      'reauthorization_required',
    );
    expect(world.tokenRequests).toEqual([]);
  });

  it.each([
    ['the metadata of the resource', 'resource_metadata="https://169.254.169.254/latest/meta-data/"'],
    ['a spelling of a local address', 'resource_metadata="https://0x7f.1/x"'],
    ['IPv4 in IPv6', 'resource_metadata="https://[::ffff:10.0.0.1]/x"'],
    ['plain http', 'resource_metadata="http://metadata.example.test/x"'],
    ['a file', 'resource_metadata="file:///etc/passwd"'],
  ])('is led nowhere by a challenge that names %s', async (_what, parameter) => {
    world.mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': `Bearer ${parameter}` }));
    expect(await codeOf(begin())).toBe('fine');
    expect(world.steps.map(({ found }) => found)).toEqual(['challenge', 'refused', 'document', 'document']);
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    expect(await codeOf(begin())).toBe('address_refused');
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'registration_endpoint'])(
    'refuses a server whose %s is needed, and private or no web address, and names it',
    async (name) => {
      for (const address of UNUSABLE) {
        world.auth.pages.set(SERVER, world.server({ [name]: address }));
        await expect(begin()).rejects.toMatchObject({
          code: 'address_refused',
          message: expect.stringContaining(`\`${name}\``),
        });
      }
    },
  );

  it.each(['registration_endpoint', 'revocation_endpoint'])(
    'does without a %s that is not needed, and private or no web address',
    async (name) => {
      for (const address of UNUSABLE) {
        world.auth.pages.set(SERVER, world.server({ [name]: address }));
        const connections = world.connections({ client_id: 'mine' });
        await world.connect(connections, 'without');
        expect(await connections.disconnect('without', 'linear')).toMatchObject({
          revocation: 'unsupported',
        });
      }
    },
  );

  it('does without an authorization_endpoint that the declaration replaces', async () => {
    world.auth.pages.set(SERVER, world.server({ authorization_endpoint: undefined }));
    await expect(begin()).rejects.toMatchObject({
      code: 'discovery_failed',
      message: expect.stringContaining('has no `authorization_endpoint`'),
    });
    const url = await begin({}, { authorize_url: 'https://mine.example.test/authorize' });
    expect(url.origin).toBe('https://mine.example.test');
  });

  it('follows redirects of metadata, and none to a private address', async () => {
    world.mcp.pages.set(`${RESOURCE}/mcp`, answer(302, {}, { location: '/moved' }));
    world.mcp.pages.set('/moved', world.resource());
    expect(await codeOf(begin())).toBe('fine');
    world.mcp.pages.set('/moved', answer(307, {}, { location: 'https://192.168.0.1/metadata' }));
    expect(await codeOf(begin())).toBe('address_refused');
    world.mcp.pages.set('/moved', answer(301, {}, { location: '/moved' }));
    world.mcp.pages.set(RESOURCE, world.resource());
    expect(await codeOf(begin())).toBe('fine');
  });

  it('reads no 10 MB, and waits for no answer that does not end', async () => {
    world.mcp.pages.set(
      `${RESOURCE}/mcp`,
      answer(200, { ...world.resource(), padding: 'x'.repeat(10_000_000) }),
    );
    expect(await codeOf(begin())).toBe('provider_unavailable');
    world.mcp.pages.set(`${RESOURCE}/mcp`, (response) => {
      response.setHeader('content-type', 'application/json').write('{');
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    expect(await codeOf(begin({ requestTimeoutMs: 300 }))).toBe('provider_unavailable');
  });

  it('does not wait for the stream of an MCP server that asks for no token', async () => {
    world.mcp.pages.set(
      '/mcp',
      (response) => void response.setHeader('content-type', 'text/event-stream').write(': hi\n\n'),
    );
    expect(await codeOf(begin())).toBe('fine');
  });

  it.each<[string, () => void, string]>([
    [
      'a slash at the end of the issuer in one place only',
      () =>
        world.mcp.pages.set(
          `${RESOURCE}/mcp`,
          world.resource({ authorization_servers: [`${world.auth.origin}/`] }),
        ),
      'fine',
    ],
    [
      'no registration endpoint',
      () => world.auth.pages.set(SERVER, world.server({ registration_endpoint: undefined })),
      'client_unregistered',
    ],
    [
      'null for what it lacks',
      () => world.auth.pages.set(SERVER, world.server({ revocation_endpoint: null, scopes_supported: null })),
      'fine',
    ],
    [
      'no scopes_supported',
      () => world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ scopes_supported: undefined })),
      'fine',
    ],
    [
      '404 as HTML with status 200',
      () => world.mcp.pages.set(`${RESOURCE}/mcp`, answer(200, '<html>Not here</html>')),
      'fine',
    ],
    ['a list instead of an object', () => world.auth.pages.set(SERVER, answer(200, [])), 'discovery_failed'],
    [
      'no authorization servers',
      () => world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [] })),
      'fine',
    ],
  ])('meets a server with %s', async (_what, arrange, expected) => {
    arrange();
    world.mcp.pages.set(RESOURCE, world.resource());
    expect(await codeOf(begin())).toBe(expected);
  });

  it('takes the server itself for its authorization server where it says nothing of one', async () => {
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    world.mcp.pages.set('/mcp', answer(401));
    const { origin } = world.mcp;
    world.mcp.pages.set(SERVER, {
      ...world.server({ issuer: origin }),
      authorization_endpoint: `${origin}/authorize`,
    });
    const connections = world.connections();
    expect((await world.begin(connections)).origin).toBe(origin);
    expect((await world.begin(connections)).searchParams.get('resource')).toBe(world.url);
  });

  it('uses what is declared: an issuer with a slash, a client, scopes, a resource', async () => {
    world.auth.pages.set(SERVER, world.server({ issuer: `${world.auth.origin}/` }));
    const url = await begin(
      {},
      {
        issuer: `${world.auth.origin}/`,
        client_id: 'mine',
        client_secret: 'secret',
        scopes: 'mine:read',
        resource: 'https://resource.example.test',
      },
    );
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'mine',
      scope: 'mine:read',
      resource: 'https://resource.example.test',
    });
    expect(world.auth.asked).not.toContain('/register');
  });

  it('sends a declared secret only to a declared issuer', async () => {
    const secret = { client_id: 'mine', client_secret: 'secret' };
    await expect(begin({}, secret)).rejects.toMatchObject({
      code: 'discovery_failed',
      message: expect.stringContaining(world.auth.origin),
    });
    expect(await codeOf(begin({}, { ...secret, issuer: 'https://auth.example.test' }))).toBe(
      'discovery_failed',
    );
  });

  it('asks for the union of scopes when an API wants more', async () => {
    const connections = world.connections();
    await world.connect(connections, 'more');
    const header = 'Bearer error="insufficient_scope", scope="files:write files:read"';
    const response = new Response(null, { status: 403, headers: { 'www-authenticate': header } });
    let wanted: readonly string[] | undefined;
    try {
      connections.requireScopes('linear', response);
    } catch (error) {
      expect(error).toMatchObject({ code: 'insufficient_scope', scopes: ['files:write', 'files:read'] });
      wanted = (error as { scopes: string[] }).scopes;
    }
    const url = await world.begin(connections, 'more', { scopes: wanted });
    expect(url.searchParams.get('scope')).toBe('files:read files:write');
    expect(connections.requireScopes('linear', new Response())).toBeUndefined();
    const several = new Headers({ 'www-authenticate': `Bearer scope="a", ${header}` });
    expect(() => connections.requireScopes('linear', { status: 403, headers: several })).toThrow(
      'files:write',
    );
  });

  it('asks with a message where a look alone is not answered', async () => {
    const header = `Bearer scope="of:post"`;
    world.mcp.pages.set('/mcp', (response, { method }) => {
      if (method === 'GET') return void response.writeHead(405).end();
      response.writeHead(401, { 'www-authenticate': header }).end();
    });
    expect((await begin()).searchParams.get('scope')).toBe('of:post');
  });

  it('asks again for what was not there only after a while', async () => {
    world.auth.pages.delete(SERVER);
    world.auth.pages.set(OPENID, world.server());
    const connections = world.connections();
    await world.connect(connections, 'absent');
    for (let round = 0; round < 3; round += 1) {
      await world.host.expire('absent');
      await connections.getAccessToken('absent', 'linear');
    }
    expect(world.auth.requests.filter(({ path }) => path === SERVER)).toHaveLength(1);
  });

  it('asks for consent where a refresh token takes it', async () => {
    world.auth.pages.set(SERVER, world.server({ scopes_supported: ['offline_access'] }));
    const url = await begin();
    expect([url.searchParams.get('scope'), url.searchParams.get('prompt')]).toEqual([
      'files:read offline_access',
      'consent',
    ]);
  });

  it('tells of each step', async () => {
    const connections = world.connections();
    await world.begin(connections);
    expect(world.steps.map(({ what, found }) => `${what}: ${found}`)).toEqual([
      'challenge: challenge',
      'resource metadata: document',
      'authorization server metadata: document',
    ]);
    await world.connect(connections, 'steps');
    await world.host.expire('steps');
    world.steps.length = 0;
    await connections.getAccessToken('steps', 'linear');
    expect(world.steps.map(({ found }) => found)).toEqual(['cached', 'cached']);
  });
});

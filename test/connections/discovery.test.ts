/** When discovery asks for which documents, what it makes of them, and what it keeps from one time to the next. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { codeOf } from '../setup/code-of';
import { McpWorld, OPENID, RESOURCE, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

describe('Discovery', () => {
  const world = McpWorld.forEachTest('sqlite');
  afterEach(() => void vi.useRealTimers());
  const begin = (options = {}, oauth?: Parameters<McpWorld['connections']>[0]) =>
    world.begin(world.connections(oauth, options));
  const documentsAsked = () =>
    [...world.mcp.requests, ...world.auth.requests].filter(({ path }) => path.includes('.well-known'));

  it('keeps metadata for a while, even where its headers say not to', async () => {
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
    vi.useFakeTimers({ toFake: ['Date'] });
    world.auth.pages.delete(SERVER);
    world.auth.pages.set(OPENID, world.server());
    const connections = world.connections();
    await world.connect(connections, 'absent');
    const refresh = async () => {
      await world.host.expire('absent');
      await connections.getAccessToken('absent', 'linear');
    };
    const asked = () => world.auth.requests.filter(({ path }) => path === SERVER);
    for (let round = 0; round < 3; round += 1) await refresh();
    expect(asked()).toHaveLength(1);
    vi.setSystemTime(Date.now() + 61_000);
    await refresh();
    expect(asked()).toHaveLength(2);
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

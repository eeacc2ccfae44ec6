/** What a client MUST do by the MCP authorization specification, revision 2026-07-28, one test for each of its sentences. */
import { describe, expect, it } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { codeOf, errorOf } from '../setup/code-of';
import { McpWorld, OPENID, REDIRECT_URI, RESOURCE, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

describe('An MCP client', () => {
  const world = McpWorld.forEachTest('sqlite');
  const atEnd = atEndOfTests();

  it('MUST use protected resource metadata to find the authorization server', async () => {
    const url = await world.begin(world.connections());
    expect(url.origin + url.pathname).toBe(`${world.auth.origin}/authorize`);
    expect(world.mcp.asked).toEqual(['/mcp', `${RESOURCE}/mcp`]);
  });

  it('MUST use the metadata address of the 401 challenge when there is one', async () => {
    const elsewhere = '/metadata/of/mine.json';
    const header = `Bearer resource_metadata="${world.mcp.origin}${elsewhere}"`;
    world.mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': header }));
    world.mcp.pages.set(elsewhere, world.resource());
    await world.begin(world.connections());
    expect(world.mcp.asked).toEqual(['/mcp', elsewhere]);
  });

  it('MUST otherwise try the well-known places, first below the path, then at the root', async () => {
    world.mcp.pages.set('/mcp', answer(401));
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    world.mcp.pages.set(RESOURCE, world.resource());
    await world.begin(world.connections());
    expect(world.mcp.asked).toEqual(['/mcp', `${RESOURCE}/mcp`, RESOURCE]);
  });

  it.each([
    ['', [SERVER, OPENID]],
    ['/tenant1', [`${SERVER}/tenant1`, `${OPENID}/tenant1`, `/tenant1${OPENID}`]],
  ])(
    'MUST support both kinds of server metadata, in their order, for an issuer with the path %j',
    async (path, places) => {
      const issuer = `${world.auth.origin}${path}`;
      world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [issuer] }));
      world.auth.pages.delete(SERVER);
      for (const place of places.toReversed()) {
        world.auth.requests.length = 0;
        world.auth.pages.set(place, world.server({ issuer }));
        await world.begin(world.connections());
        expect(world.auth.asked.filter((asked) => asked.includes('.well-known'))).toEqual(
          places.slice(0, places.indexOf(place) + 1),
        );
      }
    },
  );

  it.each(['//', '/other', ''])(
    'MUST NOT use metadata whose issuer is not identical, but for a slash at its end (…%s)',
    async (suffix) => {
      const issuer = suffix === '' ? 'https://auth.example.test' : `${world.auth.origin}${suffix}`;
      world.auth.pages.set(SERVER, world.server({ issuer }));
      const error = await errorOf(world.begin(world.connections()));
      expect(error).toMatchObject({ code: 'discovery_failed', message: expect.stringContaining('RFC 8414') });
      expect(world.tokenRequests).toEqual([]);
    },
  );

  it('MUST NOT use metadata of another resource', async () => {
    for (const resource of [
      'https://evil.example.test/mcp',
      `${world.mcp.origin}/mcp2`,
      `${world.url}/deeper`,
      7,
    ]) {
      world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ resource }));
      expect(await errorOf(world.begin(world.connections()))).toMatchObject({ code: 'discovery_failed' });
    }
  });

  it.each<[string, boolean, string | null, string]>([
    ['says so and does', true, 'same', 'fine'],
    ['says so and names another', true, 'other', 'issuer_mismatch'],
    ['says so and names none', true, null, 'issuer_mismatch'],
    ['does not say so and does', false, 'same', 'fine'],
    ['does not say so and names another', false, 'other', 'issuer_mismatch'],
    ['does not say so and names none', false, null, 'fine'],
    ['says so and adds a slash', true, 'slash', 'issuer_mismatch'],
  ])(
    'MUST compare `iss` with the recorded issuer, from a server that %s',
    async (_what, says, iss, expected) => {
      world.auth.pages.set(SERVER, world.server({ authorization_response_iss_parameter_supported: says }));
      const { origin } = world.auth;
      const named = { same: origin, other: 'https://evil.example.test', slash: `${origin}/` };
      const callback = iss === null ? {} : { iss: named[iss as keyof typeof named] };
      expect(await codeOf(world.connect(world.connections(), 'ada', callback))).toBe(expected);
      expect(world.tokenRequests).toHaveLength(expected === 'fine' ? 1 : 0);
    },
  );

  it('MUST NOT show the error of another server', async () => {
    const callback = {
      error: 'access_denied',
      error_description: 'call +1 555 0100',
      iss: 'https://evil.example.test',
    };
    const error = await errorOf(world.connect(world.connections(), 'ada', callback));
    expect(error.code).toBe('issuer_mismatch');
    expect(error.message).not.toMatch(/access_denied|555/);
  });

  it('MUST send the resource with the authorization, the token and the refresh request', async () => {
    const connections = world.connections();
    const url = await world.begin(connections);
    expect(url.searchParams.get('resource')).toBe(world.url);
    await world.connect(connections);
    await world.host.expire('ada');
    await connections.getAccessToken('ada', 'linear');
    expect(world.tokenRequests.map(({ grant_type, resource }) => [grant_type, resource])).toEqual([
      ['authorization_code', world.url],
      ['refresh_token', world.url],
    ]);
  });

  it('MUST use S256, and refuse a server that does not say that it supports it', async () => {
    const url = await world.begin(world.connections());
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(url.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    for (const methods of [undefined, [], ['plain']]) {
      world.auth.pages.set(SERVER, world.server({ code_challenge_methods_supported: methods }));
      const error = await errorOf(world.begin(world.connections()));
      expect(error).toMatchObject({ code: 'discovery_failed', message: expect.stringContaining('PKCE') });
    }
  });

  it('MUST treat the scopes of the challenge as what is needed, and else ask for those of the resource', async () => {
    expect((await world.begin(world.connections())).searchParams.get('scope')).toBe('files:read');
    world.mcp.pages.set('/mcp', answer(401));
    expect((await world.begin(world.connections())).searchParams.get('scope')).toBe('files:all');
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ scopes_supported: undefined }));
    expect((await world.begin(world.connections())).searchParams.has('scope')).toBe(false);
  });

  it('MUST keep client credentials by the issuer that gave them, and register anew with another', async () => {
    const connections = world.connections();
    const first = (await world.begin(connections)).searchParams.get('client_id');
    const other = `${world.auth.origin}/other`;
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [other] }));
    world.auth.pages.set(`${SERVER}/other`, world.server({ issuer: other }));
    const second = (await world.begin(world.connections())).searchParams.get('client_id');
    expect([first, second]).toEqual(['registered-1', `registered-${world.registered}`]);
    expect(second).not.toBe(first);
  });

  it('MUST say what kind of application it registers, and say why a registration failed', async () => {
    const issuer = `${world.auth.origin}/strict`;
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [issuer] }));
    world.auth.pages.set(`${SERVER}/strict`, world.server({ issuer }));
    world.auth.pages.set(
      '/register',
      answer(400, { error: 'invalid_redirect_uri', error_description: '<script>' }),
    );
    const error = await errorOf(world.begin(world.connections()));
    expect(error).toMatchObject({
      code: 'client_unregistered',
      message: expect.stringContaining('invalid_redirect_uri'),
    });
    expect(error.message).not.toContain('script');
    const sent = world.auth.requests.find(({ path }) => path === '/register');
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      client_name: 'Test host',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: 'files:read',
      application_type: 'web',
    });
  });

  it('MUST have a client id that is an https address with a path, where its own metadata says the same', async () => {
    const clientMetadataUrl = 'https://api.example.test/oauth/{name}/client.json';
    const connections = world.connections(undefined, { clientMetadataUrl });
    const clientId = 'https://api.example.test/oauth/linear/client.json';
    expect(await connections.clientMetadata('linear')).toMatchObject({
      client_id: clientId,
      client_name: 'Test host',
      redirect_uris: [REDIRECT_URI],
    });
    world.auth.pages.set(SERVER, world.server({ client_id_metadata_document_supported: true }));
    expect((await world.begin(connections)).searchParams.get('client_id')).toBe(clientId);
    expect(world.auth.asked).not.toContain('/register');
    for (const wrong of [
      'http://api.example.test/{name}/client.json',
      'https://api.example.test/client.json',
      'https://api.example.test',
      'https://api.example.test/',
      'client',
    ]) {
      expect(() => world.connections(undefined, { clientMetadataUrl: wrong })).toThrow(/clientMetadataUrl/);
    }
  });

  it('MUST use only endpoints over https, but for those that an operator vouches for', async () => {
    const { auth } = world;
    const connections = world.connections(undefined, { trustedOrigins: {} });
    expect(await errorOf(world.begin(connections))).toMatchObject({ code: 'address_refused' });
    expect(auth.requests).toEqual([]);
  });

  it('MUST NOT send a token of one server to another', async () => {
    const connections = world.connections();
    await world.connect(connections, 'bob');
    const moved = await McpWorld.open('sqlite', atEnd);
    const mcpServers = { linear: { url: moved.url, auth_type: 'oauth2' } } as const;
    const elsewhere = world.host.connections({ publicUrl: 'https://api.example.test' }, { mcpServers });
    await expect(elsewhere.getAccessToken('bob', 'linear')).rejects.toMatchObject({
      code: 'reauthorization_required',
    });
    expect(moved.mcp.requests).toEqual([]);
  });
});

/** What a message of discovery says to do, works. Each test reads the message, and then does it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, errorOf } from '../setup/code-of';
import type { OAuth } from '../setup/discovery-world';
import { DiscoveryWorld } from '../setup/discovery-world';
import { OPENID, RESOURCE, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

const used = new DiscoveryWorld();
const { world } = used;

const connected = (oauth?: OAuth) => codeOf(world.connect(world.connections(oauth, used.trustOfBoth)));
const messageOf = async (oauth?: OAuth, options = used.trustOfBoth) => {
  const { message } = await errorOf(world.begin(world.connections(oauth, options)));
  return message;
};
/** The endpoints of the server, and a client there. */
const endpoints = () => ({
  client_id: 'mine',
  authorize_url: `${world.auth.origin}/authorize`,
  token_url: `${world.auth.origin}/token`,
});
const DECLARE_ISSUER = 'declare it as `issuer`';
const DECLARE_ENDPOINTS = 'eclare `authorize_url`, `token_url` and `client_id`';
const list = (...servers: string[]) =>
  world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: servers }));

describe('Metadata that names another issuer than the one it was looked up for', () => {
  it.each([
    ['deeper than the listed server', '', '/global/oauth'],
    ['higher than the listed server', '/id1', ''],
    ['beside the listed server', '/id1', '/id2'],
    ['like the listed server but for two slashes', '', '//'],
  ])('is used once its issuer is declared: %s', async (_what, listedAt, issuerAt) => {
    const issuer = `${world.auth.origin}${issuerAt}`;
    list(`${world.auth.origin}${listedAt}`);
    world.auth.pages.delete(SERVER);
    world.auth.pages.set(`${SERVER}${listedAt}`, world.server({ issuer }));
    expect(await messageOf()).toContain(DECLARE_ISSUER);
    expect(await connected({ issuer })).toBe('fine');
    expect(await connected({ issuer, client_id: 'mine', client_secret: 'secret' })).toBe('fine');
  });

  it('is used once its issuer is declared, where the MCP server lists none', async () => {
    const { origin } = world.mcp;
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    const issuer = `${origin}/auth`;
    const server = world.server({ issuer });
    world.mcp.pages.set(SERVER, server);
    expect(await messageOf()).toContain(DECLARE_ISSUER);
    expect(await connected({ issuer })).toBe('fine');
    // A document of the root is taken for a declared issuer only if it names that one.
    world.mcp.pages.set(SERVER, { ...server, issuer: origin });
    expect(await connected({ issuer })).toBe('discovery_failed');
  });

  it('is refused at another origin, which could get what is meant for the issuer', async () => {
    const secret = { client_id: 'mine', client_secret: 'secret', issuer: world.auth.origin };
    list(used.elsewhere.origin);
    const hostile = { issuer: world.auth.origin, token_endpoint: `${used.elsewhere.origin}/token` };
    used.elsewhere.pages.set(SERVER, world.server(hostile));
    const message = await messageOf();
    expect(message).toContain(DECLARE_ENDPOINTS);
    expect(message).not.toContain(DECLARE_ISSUER);
    expect(await connected(secret)).toBe('discovery_failed');
    expect(used.elsewhere.requests.some(({ body }) => body.includes('secret'))).toBe(false);
    expect(await connected(endpoints())).toBe('fine');
  });

  it('gives way to the metadata at the declared issuer’s own URL', async () => {
    const issuer = `${world.auth.origin}/own`;
    list(`${world.auth.origin}/neighbour`);
    world.auth.pages.set(
      `${SERVER}/neighbour`,
      world.server({ issuer, authorization_endpoint: `${world.auth.origin}/neighbour/authorize` }),
    );
    world.auth.pages.set(`${SERVER}/own`, world.server({ issuer }));
    expect((await world.begin(world.connections({ issuer }))).pathname).toBe('/authorize');
  });

  it('that cannot be found under it, is not advised to be declared', async () => {
    list();
    const issuer = `${world.mcp.origin}/a`;
    world.mcp.pages.set(`${SERVER}/a`, world.server({ issuer: `${world.mcp.origin}/b` }));
    const message = await messageOf({ issuer });
    expect(message).toContain(DECLARE_ENDPOINTS);
    expect(message).not.toContain(DECLARE_ISSUER);
    expect(await connected({ ...endpoints(), issuer })).toBe('fine');
  });
});

describe('A server', () => {
  it.each([
    ['/', ''],
    ['', '/'],
  ])('is the one that is listed, with a slash at the end of one of the two only', async (listed, named) => {
    list(`${world.auth.origin}${listed}`);
    world.auth.pages.set(SERVER, world.server({ issuer: `${world.auth.origin}${named}` }));
    expect(await connected()).toBe('fine');
  });

  it('without metadata is used once its endpoints are declared', async () => {
    world.auth.pages.delete(SERVER);
    expect(await messageOf()).toContain(DECLARE_ENDPOINTS);
    expect(await connected(endpoints())).toBe('fine');
  });

  it('other than the declared issuer is used once it is the declared issuer, or its endpoints are declared', async () => {
    const message = await messageOf({ issuer: used.elsewhere.origin });
    expect(message).toContain('declare that one as `issuer`');
    expect(message).toContain(DECLARE_ENDPOINTS);
    expect(await connected({ issuer: world.auth.origin })).toBe('fine');
    expect(await connected(endpoints())).toBe('fine');
  });

  it('that lists its resources, without this one, is used once it is the declared issuer', async () => {
    world.auth.pages.set(SERVER, world.server({ protected_resources: ['https://other.example.test'] }));
    expect(await messageOf()).toContain(DECLARE_ISSUER);
    expect(await connected({ issuer: world.auth.origin })).toBe('fine');
  });

  it('that is not declared gets no secret, and gets it once it is the declared issuer', async () => {
    const secret = { client_id: 'mine', client_secret: 'secret' };
    expect(await messageOf(secret)).toContain(DECLARE_ISSUER);
    expect(await connected({ ...secret, issuer: world.auth.origin })).toBe('fine');
    expect(world.tokenRequests.at(-1)).toMatchObject({ client_secret: 'secret' });
  });

  it('at an address that must not be asked is used once its origin is trusted', async () => {
    const trustedOrigins = { [world.auth.origin]: [] };
    expect(await messageOf(undefined, { trustedOrigins })).toContain(
      'add its origin to the option `trustedOrigins`',
    );
    expect(await connected()).toBe('fine');
  });

  it('with an endpoint that is no address is used once its endpoints are declared', async () => {
    world.auth.pages.set(SERVER, world.server({ token_endpoint: '/token' }));
    expect(await messageOf()).toContain(DECLARE_ENDPOINTS);
    expect(await connected(endpoints())).toBe('fine');
  });

  it('without an endpoint is used once its endpoints are declared', async () => {
    world.auth.pages.set(SERVER, world.server({ token_endpoint: undefined }));
    const message = await messageOf();
    expect(message).toContain('has no `token_endpoint`');
    expect(message).toContain(DECLARE_ENDPOINTS);
    expect(await connected(endpoints())).toBe('fine');
  });

  it('that is out is used once it is back', async () => {
    for (const path of [SERVER, OPENID]) world.auth.pages.set(path, answer(503));
    const connections = world.connections();
    const unavailable = { code: 'provider_unavailable', message: expect.stringContaining('Try again later') };
    await expect(world.begin(connections)).rejects.toMatchObject(unavailable);
    world.auth.pages.set(SERVER, world.server());
    expect(await codeOf(world.connect(connections))).toBe('fine');
  });

  it.each([true, 'true'])(
    'that takes only pushed requests (%j) is used once it says that it takes others',
    async (said) => {
      world.auth.pages.set(SERVER, world.server({ require_pushed_authorization_requests: said }));
      const connections = world.connections();
      await expect(world.begin(connections)).rejects.toMatchObject({
        code: 'discovery_failed',
        message: expect.stringMatching(/require_pushed_authorization_requests.*RFC 9126.*Ask its operator/s),
      });
      world.auth.pages.set(SERVER, world.server({ require_pushed_authorization_requests: false }));
      expect(await codeOf(world.connect(connections))).toBe('fine');
    },
  );

  it('that has begun to take only pushed requests still refreshes tokens', async () => {
    const connections = world.connections();
    await world.connect(connections, 'ada');
    await world.host.expire('ada');
    world.auth.pages.set(
      SERVER,
      world.server({ require_pushed_authorization_requests: true, code_challenge_methods_supported: [] }),
    );
    expect(await codeOf(world.connections().getAccessToken('ada', 'linear'))).toBe('fine');
  });
});

describe('A server that does not announce PKCE', () => {
  beforeEach(
    () => void world.auth.pages.set(SERVER, world.server({ code_challenge_methods_supported: undefined })),
  );

  it('is used with PKCE, or without, as it is declared', async () => {
    const message = await messageOf();
    expect(message.indexOf('`"pkce": "S256"`')).toBeGreaterThan(0);
    expect(message.indexOf('`"pkce": "off"`')).toBeGreaterThan(message.indexOf('`"pkce": "S256"`'));
    const sent = await world.begin(world.connections({ pkce: 'S256' }));
    expect(sent.searchParams.get('code_challenge_method')).toBe('S256');
    expect(await connected({ pkce: 'S256' })).toBe('fine');
    expect(world.tokenRequests.at(-1)?.['code_verifier']).toMatch(/^[\w-]{43}$/);
    const without = await world.begin(world.connections({ pkce: 'off' }));
    expect(without.searchParams.has('code_challenge')).toBe(false);
    expect(await connected({ pkce: 'off' })).toBe('fine');
  });
});

describe('Metadata of the MCP server', () => {
  it('that describes another resource is used once it is corrected', async () => {
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ resource: `${world.mcp.origin}/other` }));
    expect(await messageOf()).toContain('correct `resource` in its metadata');
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource());
    expect(await connected()).toBe('fine');
  });

  it('that names no server by an address is made up for by declared endpoints', async () => {
    list('auth.example.test');
    const message = await messageOf();
    expect(message).toContain('names authorization servers by no http or https URL');
    expect(message).toContain(DECLARE_ENDPOINTS);
    expect(await connected(endpoints())).toBe('fine');
  });
});

/** One bad part does not end a discovery: what is absent or malformed is passed over. */
import { describe, expect, it } from 'vitest';
import { codeOf } from '../setup/code-of';
import { DiscoveryWorld, challenge } from '../setup/discovery-world';
import { OPENID, RESOURCE, SERVER } from '../setup/mcp-world';
import type { Page } from '../setup/site';
import { answer } from '../setup/site';

const used = new DiscoveryWorld();
const { world } = used;
const begin: typeof used.begin = (oauth, options) => used.begin(oauth, options);

const oddPages: readonly (readonly [string, Page])[] = [
  ['an empty object', {}],
  ['an error', { error: 'not_found' }],
  ['a list', answer(200, [])],
  ['a page', answer(200, '<html>Hello</html>', { 'content-type': 'text/html' })],
  ['a text that is cut', answer(200, '{"issuer":')],
  ['what is about another', { resource: 'https://other.example.test', issuer: 'https://other.example.test' }],
  ['a field of another type', { resource: 7, issuer: ['https://other.example.test'] }],
  ['a redirect to itself', answer(302, {}, { location: '?' })],
  ['a redirect to nowhere', answer(302)],
  ['status 503', answer(503)],
  ['status 401', answer(401)],
];

describe('A place of metadata with', () => {
  it.each(oddPages)('%s is passed over where the challenge names it', async (_what, page) => {
    world.mcp.pages.set('/mcp', challenge(`resource_metadata="${world.mcp.origin}/odd"`));
    world.mcp.pages.set('/odd', page);
    expect(await codeOf(begin())).toBe('fine');
  });

  it.each(oddPages)(
    '%s is passed over at the first well-known URL of the MCP server',
    async (_what, page) => {
      world.mcp.pages.set(`${RESOURCE}/mcp`, page);
      world.mcp.pages.set(RESOURCE, world.resource());
      expect(await codeOf(begin())).toBe('fine');
    },
  );

  it.each(oddPages)('%s is passed over at the first well-known URL of its server', async (_what, page) => {
    world.auth.pages.set(SERVER, page);
    world.auth.pages.set(OPENID, world.server());
    expect(await codeOf(begin())).toBe('fine');
  });

  it.each(oddPages)('%s is passed over at the first server that is listed', async (_what, page) => {
    const listed = [used.elsewhere.origin, world.auth.origin];
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: listed }));
    used.elsewhere.pages.set(SERVER, page);
    expect((await begin(undefined, used.trustOfBoth)).origin).toBe(world.auth.origin);
  });

  it.each(oddPages)('%s everywhere is no server', async (_what, page) => {
    for (const path of [`${RESOURCE}/mcp`, RESOURCE, SERVER, OPENID]) world.mcp.pages.set(path, page);
    expect(['discovery_failed', 'provider_unavailable']).toContain(await codeOf(begin()));
    expect(world.auth.requests).toEqual([]);
  });
});

describe('An MCP server that is its own authorization server', () => {
  const own = () => world.mcp.pages.set(SERVER, world.server({ issuer: world.mcp.origin }));
  const setMetadata = (page: Page) => {
    for (const path of [`${RESOURCE}/mcp`, RESOURCE]) world.mcp.pages.set(path, page);
  };

  it.each<[string, Page]>([
    ['an empty object', {}],
    ['status 404', answer(404)],
    ['a page', answer(200, '<html>Hello</html>')],
  ])('is used where its own metadata is %s', async (_what, page) => {
    own();
    setMetadata(page);
    expect(await codeOf(begin())).toBe('fine');
  });

  it.each<[string, Page, string]>([
    ['about another resource', { resource: 'https://other.example.test' }, 'discovery_failed'],
    ['out', answer(503), 'provider_unavailable'],
    ['at a private address', answer(302, '', { location: 'https://10.0.0.1/' }), 'address_refused'],
  ])('is not used where its own metadata is %s', async (_what, page, code) => {
    own();
    setMetadata(page);
    expect(await codeOf(begin())).toBe(code);
  });
});

describe('Servers that are listed', () => {
  const list = (...servers: unknown[]) =>
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: servers }));

  it('are tried in their order, past those that are no address or must not be asked', async () => {
    list('auth.example.test', 7, '', 'https://10.0.0.1', world.auth.origin);
    expect(await codeOf(begin())).toBe('fine');
  });

  it('are five at most', async () => {
    const absent = (index: number) => `${world.auth.origin}/${index}`;
    list(...[1, 2, 3, 4].map(absent), world.auth.origin);
    expect(await codeOf(begin())).toBe('fine');
    list(...[1, 2, 3, 4, 5].map(absent), world.auth.origin);
    expect(await codeOf(begin())).toBe('discovery_failed');
  });

  it('are not tried besides the declared issuer', async () => {
    list(world.auth.origin, used.elsewhere.origin);
    expect(await codeOf(begin({ issuer: used.elsewhere.origin }, used.trustOfBoth))).toBe('discovery_failed');
    expect(world.auth.requests).toEqual([]);
  });

  it('are left out of metadata that gives way to metadata with a server', async () => {
    list();
    world.mcp.pages.set(RESOURCE, world.resource());
    expect((await begin()).origin).toBe(world.auth.origin);
  });

  it('are replaced by the declared issuer where there are none', async () => {
    list();
    expect((await begin({ issuer: world.auth.origin })).origin).toBe(world.auth.origin);
  });
});

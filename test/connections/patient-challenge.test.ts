/** A discovery finds the challenge of an MCP server on many ways, and its error says what was found where. */
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, errorOf } from '../setup/code-of';
import { declaration, entry } from '../setup/declarations';
import type { OAuth } from '../setup/discovery-world';
import { DiscoveryWorld, challenge } from '../setup/discovery-world';
import { OPENID, RESOURCE, SERVER } from '../setup/mcp-world';
import type { Page } from '../setup/site';
import { answer } from '../setup/site';

const used = new DiscoveryWorld();
const { world } = used;
const begin: typeof used.begin = (oauth, options) => used.begin(oauth, options);

describe('The error of a discovery', () => {
  it('says what each place answered', async () => {
    world.auth.pages.set(SERVER, {});
    world.auth.pages.set(OPENID, answer(418));
    const { message } = await errorOf(begin());
    expect(message).toContain(`${SERVER}" has no \`issuer\``);
    expect(message).toContain(`${OPENID}" answered with status 418`);
  });

  it('says which place is out, and that it may be asked later', async () => {
    world.auth.pages.set(SERVER, answer(503));
    await expect(begin()).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringMatching(
        /oauth-authorization-server" answered with status 503.*Try again later/s,
      ),
    });
  });

  it('is that of an MCP server which does not answer, where nothing else names a server', async () => {
    world.mcp.pages.set('/mcp', answer(503));
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    await expect(begin()).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringMatching(/The MCP server did not answer.*Try again later/s),
    });
  });

  it('tells no answer in time from an answer of an outage', { tags: ['long'] }, async () => {
    world.auth.pages.set(SERVER, () => undefined);
    const { message } = await errorOf(begin(undefined, { requestTimeoutMs: 1_000 }));
    expect(message).toContain(`${SERVER}" could not be reached, or not in time`);
    expect(message).toContain(`${OPENID}" answered with status 404`);
  });

  it('is about the contradiction where there is one', async () => {
    world.auth.pages.set(SERVER, world.server({ issuer: 'https://other.example.test' }));
    world.auth.pages.set(OPENID, answer(503));
    await expect(begin()).rejects.toMatchObject({
      code: 'discovery_failed',
      message: expect.stringContaining('names another issuer, "https://other.example.test"'),
    });
  });

  it.each([
    ['a contradiction', () => world.server({ issuer: 'https://other.example.test' })],
    ['nothing', () => answer(404)],
  ])(
    'is about the first server that is listed, which is out, where the second has %s',
    async (_what, page) => {
      const listed = [world.auth.origin, used.elsewhere.origin, 'https://10.0.0.1'];
      world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: listed }));
      world.auth.pages.set(SERVER, answer(503));
      used.elsewhere.pages.set(SERVER, page());
      expect(await codeOf(begin(undefined, used.trustOfBoth))).toBe('provider_unavailable');
    },
  );

  it('is not about metadata of the MCP server once another place has had it', async () => {
    world.mcp.pages.set('/mcp', challenge(`resource_metadata="${world.mcp.origin}/said"`));
    world.mcp.pages.set('/said', world.resource({ resource: 'https://other.example.test' }));
    world.auth.pages.set(SERVER, answer(503));
    expect(await codeOf(begin())).toBe('provider_unavailable');
  });

  it('names the document that names another issuer', async () => {
    world.auth.pages.delete(SERVER);
    world.auth.pages.set(OPENID, world.server({ issuer: 'https://other.example.test' }));
    expect((await errorOf(begin())).message).toContain(
      `metadata at "${world.auth.origin}${OPENID}" names another issuer`,
    );
  });

  it('does not show the path of the MCP server, which may be a secret', async () => {
    for (const path of [`${RESOURCE}/mcp`, RESOURCE]) world.mcp.pages.set(path, answer(503));
    expect((await errorOf(begin())).message).not.toMatch(/\/mcp/);
  });
});

describe('The challenge of an MCP server', () => {
  const said = () => challenge(`resource_metadata="${world.mcp.origin}/said", scope="of:challenge"`);
  const redirect = (status: number, location: string) => answer(status, '', { location });
  const connectionsTo = (url: string, options = {}, oauth_config: OAuth = {}) =>
    world.host.connections(
      {
        publicUrl: 'https://api.example.test',
        trustedOrigins: { [world.auth.origin]: ['linear'] },
        ...options,
      },
      declaration({ linear: entry({ url, oauth_config }) }),
    );
  /** One page for each method. */
  const methods = (get: Page, post: Page): Page => {
    return (response, request) => {
      const page = request.method === 'GET' ? get : post;
      if (typeof page === 'function') page(response, request);
    };
  };
  beforeEach(() => {
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    world.mcp.pages.set('/said', world.resource());
  });

  it.each<[string, () => Page]>([
    ['a page for people', () => answer(200, '<h1>Hello</h1>')],
    ['401 without a challenge', () => answer(401)],
    [
      '401 with the challenge of another scheme',
      () => answer(401, {}, { 'www-authenticate': 'Basic realm="a"' }),
    ],
    ['403', () => answer(403)],
    ['405', () => answer(405)],
    ['500', () => answer(500)],
    ['a redirect to another origin', () => redirect(302, `${used.elsewhere.origin}/login`)],
    ['a closed connection', () => (response) => void response.destroy()],
  ])('is found with a message where a look is answered with %s', async (_what, page) => {
    world.mcp.pages.set('/mcp', methods(page(), said()));
    const url = await begin();
    expect(url.searchParams.get('scope')).toBe('of:challenge');
  });

  it('is found with a message where a look is not answered', { tags: ['long'] }, async () => {
    world.mcp.pages.set(
      '/mcp',
      methods(() => undefined, said()),
    );
    const url = await begin(undefined, { requestTimeoutMs: 2_000 });
    expect(url.searchParams.get('scope')).toBe('of:challenge');
  });

  it(
    'is found though the answer to the look comes after the message was sent',
    { tags: ['long'] },
    async () => {
      let answerLook = () => {};
      world.mcp.pages.set('/mcp', (response, request) => {
        const page = said();
        if (request.method === 'GET') {
          answerLook = () => void (typeof page === 'function' && page(response, request));
        } else {
          response.writeHead(405).end();
          answerLook();
        }
      });
      const url = await begin(undefined, { requestTimeoutMs: 2000 });
      expect(url.searchParams.get('scope')).toBe('of:challenge');
    },
  );

  it.each([301, 302, 303, 307, 308])('is found behind a redirect with status %d', async (status) => {
    world.mcp.pages.set('/mcp', redirect(status, '/mcp/'));
    world.mcp.pages.set('/mcp/', said());
    expect((await begin()).searchParams.get('scope')).toBe('of:challenge');
    expect(world.steps.slice(0, 2).map(({ url, found }) => [url, found])).toEqual([
      [world.url, 'redirect'],
      [`${world.url}/`, 'challenge'],
    ]);
  });

  it.each([
    [303, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ])('is asked for after a redirect of a message with status %d by %s', async (status, method) => {
    world.mcp.pages.set('/mcp', methods(answer(405), redirect(status, '/moved')));
    world.mcp.pages.set('/moved', said());
    await begin();
    expect(world.mcp.requests.find(({ path }) => path === '/moved')).toMatchObject({ method });
  });

  it('is found behind three redirects, and not behind four', async () => {
    for (const [from, to] of ['/mcp', '/2', '/3', '/4', '/5'].entries()) {
      world.mcp.pages.set(to, redirect(307, `/${from + 2}`));
    }
    world.mcp.pages.set('/4', said());
    expect(await codeOf(begin())).toBe('fine');
    world.mcp.pages.set('/4', redirect(307, '/5'));
    world.mcp.pages.set('/5', said());
    expect(await codeOf(begin())).toBe('discovery_failed');
  });

  it('is not looked for at another origin, and the error says so and what helps', async () => {
    used.elsewhere.pages.set('/moved', said());
    world.mcp.pages.set('/mcp', redirect(308, `${used.elsewhere.origin}/moved`));
    expect((await errorOf(begin())).message).toContain(
      `redirects to "${used.elsewhere.origin}"; if the MCP server is there, declare the address that it redirects to as \`url\``,
    );
    expect(used.elsewhere.requests).toEqual([]);
    const url = `${used.elsewhere.origin}/moved`;
    used.elsewhere.pages.set(`${RESOURCE}/moved`, world.resource({ resource: url }));
    expect(await codeOf(connectionsTo(url).authorize('ada', 'linear'))).toBe('fine');
  });

  it.each([
    ['with', '', '/'],
    ['without', '/', ''],
  ])(
    'is found %s the slash that a server behind a proxy redirects to with http',
    async (word, declared, right) => {
      const origin = 'https://mcp.example.test';
      const issuer = 'https://as.example.test';
      const servers: Record<string, () => Response> = {
        [`${origin}/mcp${declared}`]: () =>
          new Response('', { status: 307, headers: { location: `http://mcp.example.test/mcp${right}` } }),
        [`${origin}/mcp${right}`]: () =>
          new Response('', {
            status: 401,
            headers: { 'www-authenticate': `Bearer resource_metadata="${origin}/said"` },
          }),
        [`${origin}/said`]: () =>
          Response.json({ resource: `${origin}/mcp${right}`, authorization_servers: [issuer] }),
        [`${issuer}${SERVER}`]: () => Response.json(world.server({ issuer })),
      };
      const fetch = async (address: string) => servers[address]?.() ?? new Response('', { status: 404 });
      const authorize = (url: string) =>
        connectionsTo(url, { fetch, discoveryFetch: fetch }, { client_id: 'mine' }).authorize(
          'ada',
          'linear',
        );
      expect((await errorOf(authorize(`${origin}/mcp${declared}`))).message).toContain(
        `redirects to "http://mcp.example.test"; if the MCP server is there, declare \`url\` ${word} a slash at its end.`,
      );
      expect(await codeOf(authorize(`${origin}/mcp${right}`))).toBe('fine');
    },
  );

  it.each([
    ['with a slash at the end', (path: string) => `${path}/`],
    ['without one', (path: string) => path],
  ])('leads to metadata of the resource %s behind a redirect, to the end of the flow', async (_what, at) => {
    world.mcp.pages.set('/mcp', redirect(307, '/mcp/'));
    world.mcp.pages.set('/mcp/', challenge('scope="a"'));
    world.mcp.pages.set(at(`${RESOURCE}/mcp`), world.resource({ resource: at(world.url) }));
    const connections = world.connections();
    expect(await codeOf(world.connect(connections))).toBe('fine');
    await world.host.expire('ada');
    expect(await codeOf(connections.getAccessToken('ada', 'linear'))).toBe('fine');
    expect(world.tokenRequests.map(({ resource }) => resource)).toEqual([at(world.url), at(world.url)]);
  });

  it('that names no whole address is passed over', async () => {
    world.mcp.pages.set('/mcp', challenge('resource_metadata="/said"'));
    world.mcp.pages.set(RESOURCE, world.resource());
    expect(await codeOf(begin())).toBe('fine');
    world.mcp.pages.delete(RESOURCE);
    expect((await errorOf(begin())).message).toContain(
      'that the challenge of the MCP server names is not an absolute URL',
    );
  });
});

/** A 401 is news: it may come because the MCP server has another authorization server now, or wants other scopes. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../setup/code-of';
import { declaration, entry } from '../setup/declarations';
import { DiscoveryWorld } from '../setup/discovery-world';
import { RESOURCE, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

const used = new DiscoveryWorld();
const { world } = used;

const connectionsTo = () => world.connections(undefined, used.trustOfBoth);
/** An answer of the MCP server, or of an API, as a host has it. */
const refusal = (challenge: string, status = 401) =>
  new Response(null, { status, headers: { 'www-authenticate': challenge } });

describe('A user whose MCP server has moved to another authorization server', () => {
  const move = () => {
    world.mcp.pages.set(
      `${RESOURCE}/mcp`,
      world.resource({ authorization_servers: [used.elsewhere.origin] }),
    );
    used.elsewhere.pages.set(SERVER, {
      ...world.server({ issuer: used.elsewhere.origin }),
      authorization_endpoint: `${used.elsewhere.origin}/authorize`,
    });
  };

  it('connects at the new one at once', async () => {
    const connections = connectionsTo();
    await world.connect(connections);
    move();
    expect((await world.begin(connections)).origin).toBe(used.elsewhere.origin);
  });

  it('has no refresh token sent to the old one after the MCP server has rejected the token', async () => {
    const connections = connectionsTo();
    await world.connect(connections);
    const { accessToken: rejectedToken } = await connections.getAccessToken('ada', 'linear');
    move();
    world.auth.requests.length = 0;
    expect(await codeOf(connections.getAccessToken('ada', 'linear', { rejectedToken }))).toBe(
      'reauthorization_required',
    );
    expect(world.auth.requests).toEqual([]);
  });

  it('has the token refreshed where it was while the MCP server is out', async () => {
    const connections = connectionsTo();
    await world.connect(connections);
    const { accessToken: rejectedToken } = await connections.getAccessToken('ada', 'linear');
    for (const path of ['/mcp', `${RESOURCE}/mcp`, RESOURCE]) world.mcp.pages.set(path, answer(503));
    world.auth.pages.set(SERVER, answer(503));
    const { accessToken } = await connections.getAccessToken('ada', 'linear', { rejectedToken });
    expect(accessToken).not.toBe(rejectedToken);
  });

  it('has the token refreshed during an outage where only the challenge once said where the metadata is', async () => {
    const said = `resource_metadata="${world.mcp.origin}/said"`;
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    world.mcp.pages.set('/said', world.resource());
    world.mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': `Bearer ${said}` }));
    const connections = connectionsTo();
    await world.connect(connections);
    const { accessToken: rejectedToken } = await connections.getAccessToken('ada', 'linear');
    world.mcp.pages.set('/mcp', answer(503));
    expect(await codeOf(connections.getAccessToken('ada', 'linear', { rejectedToken }))).toBe('fine');
  });
});

describe('A user who connects while the MCP server is out', () => {
  it.each([
    ['answers with status 503', () => answer(503)],
    ['closes connections', () => (response: ServerResponse) => void response.destroy()],
  ])('is asked for the scopes of its last challenge: it %s', async (_what, page) => {
    const connections = connectionsTo();
    await world.begin(connections);
    world.mcp.pages.set('/mcp', page());
    expect((await world.begin(connections)).searchParams.get('scope')).toBe('files:read');
    expect(world.steps.map(({ found }) => found)).toContain('unreachable');
    // An answer without a challenge takes the scopes back.
    world.mcp.pages.set('/mcp', answer(401));
    expect((await world.begin(connections)).searchParams.get('scope')).toBe('files:all');
  });
});

describe('The challenge of an MCP server that is out', () => {
  it.each([405, 302])('is the last one where a look is answered with %d, and no message', async (status) => {
    const connections = connectionsTo();
    await world.begin(connections);
    world.mcp.pages.set('/mcp', (response, { method }) =>
      response.writeHead(method === 'GET' ? status : 503, { location: used.elsewhere.origin }).end(),
    );
    expect((await world.begin(connections)).searchParams.get('scope')).toBe('files:read');
  });

  it('is forgotten once the server has answered without one', async () => {
    const connections = connectionsTo();
    used.elsewhere.pages.set('/said', world.resource({ authorization_servers: [used.elsewhere.origin] }));
    used.elsewhere.pages.set(SERVER, world.server({ issuer: used.elsewhere.origin }));
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    const header = `Bearer resource_metadata="${used.elsewhere.origin}/said"`;
    world.mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': header }));
    await world.begin(connections);
    world.mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': 'Bearer' }));
    used.elsewhere.requests.length = 0;
    expect(await codeOf(world.begin(connections))).toBe('discovery_failed');
    expect(used.elsewhere.requests).toEqual([]);
  });

  it('is not that of another connection to the same server', async () => {
    const names = ['linear', 'other'];
    const connections = world.host.connections(
      {
        publicUrl: 'https://api.example.test',
        trustedOrigins: { [world.auth.origin]: names, [world.mcp.origin]: names },
      },
      declaration({ linear: entry({ url: world.url }), other: entry({ url: world.url }) }),
    );
    await world.begin(connections);
    world.mcp.pages.set('/mcp', answer(503));
    const { authorizationUrl } = await connections.authorize('ada', 'other');
    expect(new URL(authorizationUrl).searchParams.get('scope')).toBe('files:all');
  });
});

describe('A user who connects while the MCP server never answers', () => {
  it('still has a client registered', { tags: ['long'] }, async () => {
    const connections = world.connections(undefined, { requestTimeoutMs: 500 });
    await world.begin(connections);
    for (const path of ['/mcp', `${RESOURCE}/mcp`]) world.mcp.pages.set(path, () => undefined);
    expect(await codeOf(world.begin(connections, 'ole', { scopes: ['more'] }))).toBe('fine');
    expect(world.registered).toBe(2);
  });
});

describe('A refresh', () => {
  it('that no 401 has caused asks nobody who the server is', async () => {
    const connections = connectionsTo();
    await world.connect(connections);
    await world.host.expire('ada');
    world.mcp.requests.length = 0;
    await connections.getAccessToken('ada', 'linear');
    expect(world.mcp.requests).toEqual([]);
  });
});

describe('The answer that a host was sent', () => {
  const begin = async (response: Pick<Response, 'status' | 'headers'>, connections = connectionsTo()) =>
    world.begin(connections, 'ada', { response });
  const said = () => `Bearer resource_metadata="${world.mcp.origin}/said", scope="files:write"`;
  /** An MCP server that wants a token only for the calls of its tools. */
  const open = () => {
    world.mcp.pages.set('/mcp', answer(200, '<h1>Hello</h1>'));
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    world.mcp.pages.set('/said', world.resource());
  };

  it('takes the place of a request to the MCP server', async () => {
    open();
    const url = await begin(refusal(said()));
    expect([url.origin, url.searchParams.get('scope')]).toEqual([world.auth.origin, 'files:write']);
    expect(world.mcp.asked).toEqual(['/said']);
    expect(world.steps.map(({ url: at, found }) => [at, found]).slice(0, 2)).toEqual([
      [world.url, 'given'],
      [`${world.mcp.origin}/said`, 'document'],
    ]);
  });

  it('is for its own flow alone, whose end and refreshes need it no more, nor its process', async () => {
    open();
    const connections = connectionsTo();
    const state = (await begin(refusal(said()), connections)).searchParams.get('state') ?? '';
    const callback = `/connections/linear/callback?code=c&state=${state}`;
    await connectionsTo().complete(callback, { userId: 'ada' });
    const { accessToken: rejectedToken } = await connections.getAccessToken('ada', 'linear');
    expect(await codeOf(connections.getAccessToken('ada', 'linear', { rejectedToken }))).toBe('fine');
    await world.host.expire('ada');
    expect(await codeOf(connectionsTo().getAccessToken('ada', 'linear'))).toBe('fine');
    expect(await codeOf(world.begin(connections))).toBe('discovery_failed');
  });

  it('leaves the metadata to the MCP server where it names scopes only', async () => {
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    world.mcp.pages.set('/said', world.resource());
    world.mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': said() }));
    const url = await begin(refusal('Bearer error="insufficient_scope", scope="admin"', 403));
    expect([url.origin, url.searchParams.get('scope')]).toEqual([world.auth.origin, 'files:write admin']);
  });

  it('has a say in the flow of one user and of no other, wherever it came from', async () => {
    const connections = connectionsTo();
    used.elsewhere.pages.set('/said', world.resource({ authorization_servers: [used.elsewhere.origin] }));
    used.elsewhere.pages.set(SERVER, {
      ...world.server({ issuer: used.elsewhere.origin }),
      authorization_endpoint: `${used.elsewhere.origin}/authorize`,
    });
    const response = refusal(`Bearer resource_metadata="${used.elsewhere.origin}/said", scope="admin"`, 403);
    expect((await begin(response, connections)).origin).toBe(used.elsewhere.origin);
    for (const page of [answer(503), answer(401, {}, { 'www-authenticate': 'Bearer' })]) {
      world.mcp.pages.set('/mcp', page);
      const url = await world.begin(connections, 'ole');
      expect([url.origin, url.searchParams.get('scope')]).toEqual([world.auth.origin, 'files:all']);
    }
  });

  it('adds nothing to the refresh of another user', async () => {
    const connections = world.connections({ refresh_scope: 'requested' });
    await world.connect(connections, 'ole');
    await begin(refusal(`${said()}, error="insufficient_scope"`, 403), connections).catch(() => undefined);
    world.mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': 'Bearer scope="admin"' }));
    await world.begin(connections);
    await world.host.expire('ole');
    await connections.getAccessToken('ole', 'linear');
    expect(world.tokenRequests.at(-1)).toMatchObject({ grant_type: 'refresh_token', scope: 'files:read' });
  });

  it.each<[string, Response]>([
    ['no challenge', new Response(null, { status: 401 })],
    ['the challenge of another scheme', refusal('Basic realm="a"')],
    ['another status', refusal('Bearer scope="files:write"', 200)],
  ])('leaves it at a request to the MCP server where it has %s', async (_what, response) => {
    expect((await begin(response)).searchParams.get('scope')).toBe('files:read');
    expect(world.mcp.asked).toEqual(['/mcp', `${RESOURCE}/mcp`]);
  });

  it.each([
    'https://169.254.169.254/latest/meta-data/',
    'http://metadata.example.test/x',
    'file:///etc/passwd',
  ])('leads to no address that must not be asked: %s', async (address) => {
    open();
    expect(await codeOf(begin(refusal(`Bearer resource_metadata="${address}"`)))).toBe('address_refused');
  });

  it('adds its scopes to those that are declared, and to those that the account has', async () => {
    const declared = {
      client_id: 'mine',
      authorize_url: `${world.auth.origin}/authorize`,
      token_url: `${world.auth.origin}/token`,
      scopes: 'files:read',
    };
    const wanted = refusal('Bearer error="insufficient_scope", scope="files:write"', 403);
    for (const oauth of [declared, { client_id: 'mine', scopes: 'files:read' }]) {
      const connections = world.connections(oauth);
      const state = (await world.begin(connections, 'ada', { scopes: ['mail'] })).searchParams.get('state');
      await connections.complete(`/connections/linear/callback?code=c&state=${state}`, { userId: 'ada' });
      const url = await begin(wanted, connections);
      expect(url.searchParams.get('scope')?.split(' ')).toEqual(['files:read', 'mail', 'files:write']);
    }
  });
});

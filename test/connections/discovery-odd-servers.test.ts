/** What discovery makes of hostile and sloppy servers. */
import { describe, expect, it } from 'vitest';
import { codeOf } from '../setup/code-of';
import { holdLimits } from '../setup/held-limits';
import { McpWorld, RESOURCE, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';

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
  const world = McpWorld.forEachTest('sqlite');
  const begin = (options = {}, oauth?: Parameters<McpWorld['connections']>[0]) =>
    world.begin(world.connections(oauth, options));

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
    const requestTimeoutMs = 10_000;
    const endLimits = holdLimits();
    world.mcp.pages.set(`${RESOURCE}/mcp`, (response) => {
      response.setHeader('content-type', 'application/json').write('{');
      let sent = 0;
      const timer = setInterval(() => {
        response.write(' ');
        sent += 1;
        if (sent === 3) endLimits(requestTimeoutMs);
      }, 20);
      response.on('close', () => clearInterval(timer));
    });
    world.mcp.requests.length = 0;
    expect(await codeOf(begin({ requestTimeoutMs }))).toBe('provider_unavailable');
    expect(world.mcp.requests.map(({ path }) => path)).toContain(`${RESOURCE}/mcp`);
  });

  it('does not wait for the stream of an MCP server that asks for no token', async () => {
    world.mcp.pages.set(
      '/mcp',
      (response) => void response.setHeader('content-type', 'text/event-stream').write(': hi\n\n'),
    );
    expect(await codeOf(begin())).toBe('fine');
  });

  it.each<[string, string, () => void]>([
    [
      'fine',
      'a slash at the end of the issuer in one place only',
      () =>
        world.mcp.pages.set(
          `${RESOURCE}/mcp`,
          world.resource({ authorization_servers: [`${world.auth.origin}/`] }),
        ),
    ],
    [
      'client_unregistered',
      'no registration endpoint',
      () => world.auth.pages.set(SERVER, world.server({ registration_endpoint: undefined })),
    ],
    [
      'fine',
      'null for what it lacks',
      () => world.auth.pages.set(SERVER, world.server({ revocation_endpoint: null, scopes_supported: null })),
    ],
    [
      'fine',
      'no scopes_supported',
      () => world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ scopes_supported: undefined })),
    ],
    [
      'fine',
      '404 as HTML with status 200',
      () => world.mcp.pages.set(`${RESOURCE}/mcp`, answer(200, '<html>Not here</html>')),
    ],
    ['discovery_failed', 'a list instead of an object', () => world.auth.pages.set(SERVER, answer(200, []))],
    [
      'fine',
      'no authorization servers',
      () => world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [] })),
    ],
  ])('says "%s" of a server that has %s', async (expected, _what, arrange) => {
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
});

/** From an address alone to the tools of an MCP server, which trusts an authorization server that others made. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connections, ConnectionsOptions } from '../../src';
import { ConnectionClientRegistration } from '../../src';
import type { JsonObject } from '../../src/config/definition';
import { atEndOfTests } from '../setup/at-end';
import type { AuthorizationServer } from '../setup/authorization-server';
import { ConnectedHost } from '../setup/connected';
import { startMcpAuthorization } from '../setup/mcp-authorization';
import { toolNames, withMcpClient } from '../setup/mcp-client';
import { ProtectedMcpServer } from '../setup/mcp-server';

const publicUrl = 'https://api.example.test';
const declared = (url: string, more: JsonObject = {}) => ({
  mcpServers: { linear: { url, auth_type: 'oauth2' as const, ...more } },
});

describe('An MCP server behind oidc-provider', () => {
  const resources = new Set<string>();
  const host = ConnectedHost.forTests('sqlite');
  const atEnd = atEndOfTests();
  let server: AuthorizationServer;
  let mcp: ProtectedMcpServer;
  const start = async (options: Parameters<typeof startMcpAuthorization>[1] = {}) => {
    const started = await startMcpAuthorization(resources, options);
    atEnd(() => started.stop());
    const behind = await ProtectedMcpServer.open(started, atEnd);
    resources.add(behind.url);
    return [started, behind] as const;
  };
  beforeAll(async () => {
    [server, mcp] = await start();
  });
  beforeEach(async () => {
    await host.rows.deleteAll();
    await host.dataSource.getRepository(ConnectionClientRegistration).deleteAll();
  });

  const replica = (
    options: Partial<ConnectionsOptions> = {},
    [at, behind]: readonly [AuthorizationServer, ProtectedMcpServer] = [server, mcp],
    more?: JsonObject,
  ) =>
    host.replica(
      { publicUrl, trustedOrigins: { [at.issuer]: ['linear'] }, ...options },
      declared(behind.url, more),
    );
  const begin = async (connections: Connections, options = {}) => {
    const { authorizationUrl } = await connections.authorize('ada', 'linear', options);
    return authorizationUrl;
  };
  const connect = async (connections: Connections, at = server, options = {}) =>
    connections.complete(await at.visit(await begin(connections, options)), { userId: 'ada' });
  const tokenOf = async (connections: Connections) =>
    (await connections.getAccessToken('ada', 'linear')).accessToken;

  it('is found, and takes the token, which is for it alone', async () => {
    const connections = await replica();
    const steps: string[] = [];
    connections.on('discovery', ({ what, found }) => steps.push(`${what}: ${found}`));
    const authorizationUrl = await begin(connections);
    expect(steps).toEqual([
      'challenge: challenge',
      'resource metadata: document',
      'authorization server metadata: absent',
      'authorization server metadata: document',
    ]);
    expect(new URL(authorizationUrl).searchParams.get('resource')).toBe(mcp.url);
    await connections.complete(await server.visit(authorizationUrl), { userId: 'ada' });
    const token = await tokenOf(connections);
    expect(await toolNames(mcp.url, token)).toEqual(['write_note']);
    expect(await host.row('ada')).toMatchObject({ issuer: server.issuer, scopes: 'read', status: 'active' });
    const other = await ProtectedMcpServer.open(server, atEnd);
    await expect(toolNames(other.url, token)).rejects.toMatchObject({ code: 401 });
  });

  it('has no token given for it that its authorization server does not know', async () => {
    const unknown = await ProtectedMcpServer.open(server, atEnd);
    await expect(connect(await replica({}, [server, unknown]))).rejects.toMatchObject({
      code: 'authorization_failed',
      message: expect.stringContaining('invalid_target'),
    });
  });

  it('has us registered once, and the token renewed once, for two replicas', async () => {
    const replicas = await Promise.all([replica(), replica()]);
    const [one, two] = replicas;
    const [registrations, refreshes] = [server.registrations, server.refreshes];
    const urls = await Promise.all(replicas.map((connections) => begin(connections)));
    expect(new Set(urls.map((url) => new URL(url).searchParams.get('client_id'))).size).toBe(1);
    expect(server.registrations - registrations).toBe(1);
    await two.complete(await server.visit(urls[0] ?? ''), { userId: 'ada' });
    const before = await tokenOf(one);
    for (const rotations of [1, 2]) {
      await host.expire('ada');
      const [first, second] = await Promise.all(replicas.map(tokenOf));
      expect(first).toBe(second);
      expect(first).not.toBe(before);
      expect(server.refreshes - refreshes).toBe(rotations);
      expect(await toolNames(mcp.url, first ?? '')).toEqual(['write_note']);
    }
    expect(server.revokedGrants).toEqual([]);
  });

  it('has its tokens given back where discovery has found to', async () => {
    const connections = await replica();
    await connect(connections);
    const token = await tokenOf(connections);
    expect(await connections.disconnect('ada', 'linear')).toEqual({ removed: true, revocation: 'revoked' });
    expect(await server.isLive(token)).toBe(false);
    await expect(toolNames(mcp.url, token)).rejects.toMatchObject({ code: 401 });
  });

  it('says which scope a tool wants, and is used with it when the user has allowed that too', async () => {
    const connections = await replica();
    await connect(connections);
    const seen: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      connections.requireScopes('linear', response);
      return response;
    };
    const write = async () =>
      withMcpClient(
        mcp.url,
        await tokenOf(connections),
        (client) => client.callTool({ name: 'write_note' }),
        seen,
      );
    await expect(write()).rejects.toMatchObject({ code: 'insufficient_scope', scopes: ['write'] });
    const { scopes } = await connect(connections, server, { scopes: ['write'] });
    expect(scopes).toEqual(['read', 'write']);
    expect(await write()).toMatchObject({ content: [{ text: 'written' }] });
  });

  it('needs no registration where clients may be documents', async () => {
    const clientMetadataUrl = 'https://api.example.test/oauth/{name}/client.json';
    const clientId = 'https://api.example.test/oauth/linear/client.json';
    const published: { document?: unknown } = {};
    const documents = async (url: string | URL | Request) =>
      new Request(url).url === clientId
        ? Response.json(published.document)
        : new Response(null, { status: 404 });
    const world = await start({ documents });
    const connections = await replica({ clientMetadataUrl }, world);
    published.document = await connections.clientMetadata('linear');
    const url = new URL(await begin(connections));
    expect(url.searchParams.get('client_id')).toBe(clientId);
    await connect(connections, world[0]);
    await host.expire('ada');
    expect(await toolNames(world[1].url, await tokenOf(connections))).toEqual(['write_note']);
    expect(world[0].registrations).toBe(0);
  });

  it.each<[string, readonly ('client_secret_basic' | 'client_secret_post')[]]>([
    ['in a form or a header', ['client_secret_basic', 'client_secret_post']],
    ['in a header', ['client_secret_basic']],
  ])(
    'registers us with a secret where it takes only clients that have one, %s',
    async (_what, authMethods) => {
      const world = await start({ authMethods: [...authMethods] });
      const connections = await replica({}, world);
      await connect(connections, world[0]);
      const before = await tokenOf(connections);
      await host.expire('ada');
      expect(await tokenOf(connections)).not.toBe(before);
      expect(await world[0].isLive(await tokenOf(connections))).toBe(true);
      expect([world[0].registrations, world[0].refreshes]).toEqual([1, 1]);
      expect(await connections.disconnect('ada', 'linear')).toMatchObject({ revocation: 'revoked' });
    },
  );

  it('registers us for codes alone where it has no refresh tokens', async () => {
    const world = await start({ withoutRefresh: true });
    const connections = await replica({}, world);
    await connect(connections, world[0]);
    expect(await world[0].isLive(await tokenOf(connections))).toBe(true);
    expect(await host.row('ada')).toMatchObject({ refreshTokenEncrypted: null });
    expect(world[0].registrations).toBe(1);
  });

  it('registers us for more scopes when a request needs more, and still refreshes the tokens of others', async () => {
    const connections = await replica();
    const { registrations } = server;
    await connect(connections);
    const more = new URL(
      await connections
        .authorize('ole', 'linear', { scopes: ['write'] })
        .then(({ authorizationUrl }) => authorizationUrl),
    );
    expect(await connections.complete(await server.visit(more.href), { userId: 'ole' })).toMatchObject({
      scopes: ['read', 'write'],
    });
    expect(server.registrations - registrations).toBe(2);
    await host.expire('ada');
    expect(await toolNames(mcp.url, await tokenOf(connections))).toEqual(['write_note']);
  });

  it('whose users have to consent to offline access is renewed where the declaration asks for that', async () => {
    const world = await start({ wantsConsent: true });
    const connections = await replica({}, world);
    await connect(connections, world[0]);
    await host.expire('ada');
    expect(await toolNames(world[1].url, await tokenOf(connections))).toEqual(['write_note']);
    expect(world[0].refreshes).toBe(1);
  });
});

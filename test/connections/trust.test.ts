/** Each request is guarded by its own address: what the operator has not declared or vouched for must be public. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { includesResource } from '../../src/oauth/resource-metadata';
import { atEndOfTests } from '../setup/at-end';
import { codeOf } from '../setup/code-of';
import { McpWorld, RESOURCE, SERVER } from '../setup/mcp-world';
import { Site, answer } from '../setup/site';

const world = McpWorld.forTests('sqlite');
const atEnd = atEndOfTests();
let internal: Site;
/** A name that resolves to this machine, behind https. */
let internalName: string;
let reached = 0;
beforeAll(async () => {
  internal = await Site.open(atEnd);
  const sockets = createServer((socket) => {
    reached += 1;
    socket.on('error', () => undefined).destroy();
  });
  await new Promise<void>((resolve) => sockets.listen(0, '127.0.0.1', resolve));
  atEnd(async () => void sockets.close());
  internalName = `https://localhost:${(sockets.address() as AddressInfo).port}`;
});
beforeEach(() => {
  world.reset();
  internal.requests.length = 0;
  reached = 0;
});
describe('An endpoint whose name leads to a private address', () => {
  it.each([
    ['registration_endpoint', 'address_refused'],
    ['token_endpoint', 'address_refused'],
  ])('is not asked as %s', async (field, code) => {
    world.auth.pages.set(SERVER, world.server({ [field]: `${internalName}/admin` }));
    expect(await codeOf(world.connect(world.connections(), 'endpoint'))).toBe(code);
    expect(reached).toBe(0);
  });

  it('is not asked as revocation_endpoint, though the token endpoint is where it may be', async () => {
    world.auth.pages.set(SERVER, world.server({ revocation_endpoint: `${internalName}/admin/delete?all=1` }));
    const connections = world.connections();
    await world.connect(connections, 'revoking');
    expect(await connections.disconnect('revoking', 'linear')).toEqual({
      removed: true,
      revocation: 'failed',
    });
    expect(reached).toBe(0);
  });

  it('is asked where the declaration itself names it', async () => {
    const connections = world.connections({ revoke_url: `${internal.origin}/revoke` });
    internal.pages.set('/revoke', answer(200));
    await world.connect(connections, 'declared');
    expect(await connections.disconnect('declared', 'linear')).toMatchObject({ revocation: 'revoked' });
    expect(internal.asked).toEqual(['/revoke']);
  });
});

describe('A `fetch` of the host', () => {
  it('sends what is declared, and does not take the place of the guard', async () => {
    const sent: string[] = [];
    const ownFetch = (url: string, init: RequestInit) => {
      sent.push(new URL(url).origin);
      return fetch(url, init);
    };
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [internalName] }));
    const connections = world.connections(undefined, { fetch: ownFetch });
    expect(await codeOf(world.begin(connections))).toBe('address_refused');
    expect(new Set(sent)).toEqual(new Set([world.mcp.origin]));
    expect(reached).toBe(0);
  });

  it('as `discoveryFetch` takes the place of the guard, and only there', async () => {
    const sent: string[] = [];
    const proxied = async (url: string) => {
      sent.push(new URL(url).origin);
      return new Response('', { status: 404 });
    };
    world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: [internalName] }));
    const connections = world.connections(undefined, { discoveryFetch: proxied });
    expect(await codeOf(world.begin(connections))).toBe('discovery_failed');
    expect(new Set(sent)).toEqual(new Set([internalName]));
  });
});

describe('A trusted origin', () => {
  const hostile = { 'www-authenticate': '' };
  it('is asked for the connections that it is listed for, and for no other', async () => {
    hostile['www-authenticate'] = `Bearer resource_metadata="${internal.origin}/admin/export?x=1"`;
    world.mcp.pages.set('/mcp', answer(401, {}, hostile));
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    internal.pages.set('/admin/export?x=1', world.resource());
    const vouched = { [world.auth.origin]: ['linear'], [internal.origin]: ['other'] };
    const connections = world.connections(undefined, { trustedOrigins: vouched });
    expect(await codeOf(world.begin(connections))).toBe('address_refused');
    expect(internal.requests).toEqual([]);
    const listed = { ...vouched, [internal.origin]: ['other', 'linear'] };
    await world.begin(world.connections(undefined, { trustedOrigins: listed }));
    expect(internal.asked).toEqual(['/admin/export?x=1']);
  });

  it('is one origin however it is written', async () => {
    const { auth } = world;
    const trustedOrigins = { [auth.origin.replace('http:', 'HTTP:')]: ['linear'] };
    expect(await codeOf(world.begin(world.connections(undefined, { trustedOrigins })))).toBe('fine');
  });
});

describe('Metadata of a parent resource', () => {
  const tenant = '/tenant/mcp';
  const parent = () => ({ resource: world.mcp.origin, authorization_servers: [world.auth.origin] });
  const connections = () =>
    world.host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins: { [world.auth.origin]: ['tenant'] } },
      { mcpServers: { tenant: { url: `${world.mcp.origin}${tenant}`, auth_type: 'oauth2' } } },
    );
  beforeEach(() => {
    const challenge = `Bearer resource_metadata="${world.mcp.origin}/tenant/own"`;
    world.mcp.pages.set(tenant, answer(401, {}, { 'www-authenticate': challenge }));
    world.mcp.pages.set('/tenant/own', parent());
  });

  it('is not taken from a tenant, who would get tokens for the whole origin', async () => {
    expect(await codeOf(connections().authorize('ada', 'tenant'))).toBe('discovery_failed');
  });

  it('is taken from the well-known URL of the parent', async () => {
    world.mcp.pages.set(RESOURCE, parent());
    const { authorizationUrl } = await connections().authorize('ada', 'tenant');
    expect(new URL(authorizationUrl).searchParams.get('resource')).toBe(world.mcp.origin);
  });

  it.each([
    ['/mcp?tenant=a', '/mcp', true],
    ['/mcp?tenant=a', '', true],
    ['/mcp/a?v=2', '/mcp?v=2', true],
    ['/mcp?tenant=a', '/mcp?tenant=b', false],
    ['/mcp/a', '/mcp?tenant=b', false],
    ['/mcp/a?tenant=a', '/mcp?tenant=b', false],
    ['/mcp', '/mcp/a', false],
  ])('covers the resource %j when it describes %j: %j', (path, parentPath, isCovered) => {
    const origin = 'https://mcp.example.test';
    expect(includesResource(`${origin}${parentPath}`, new URL(`${origin}${path}`))).toBe(isCovered);
  });

  it('is not the metadata of a sibling, which has another query', async () => {
    const { origin } = world.mcp;
    const sibling = { resource: `${origin}/mcp?tenant=b`, authorization_servers: [world.auth.origin] };
    world.mcp.pages.set(`${RESOURCE}/mcp?tenant=a`, sibling);
    world.mcp.pages.set(`${RESOURCE}/mcp?tenant=b`, sibling);
    world.mcp.pages.set('/mcp?tenant=a', answer(401));
    const siblings = world.host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins: { [world.auth.origin]: ['tenant'] } },
      { mcpServers: { tenant: { url: `${origin}/mcp?tenant=a`, auth_type: 'oauth2' } } },
    );
    expect(await codeOf(siblings.authorize('ada', 'tenant'))).toBe('discovery_failed');
  });
});

/** Tokens and flows stay with the server that gave them: one that is out for a moment has not moved. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { codeOf } from '../setup/code-of';
import { DiscoveryWorld } from '../setup/discovery-world';
import { RESOURCE, SERVER } from '../setup/mcp-world';
import type { Site } from '../setup/site';
import { answer } from '../setup/site';

/** The second authorization server is at the other origin. */
const used = new DiscoveryWorld();
const { world } = used;
beforeEach(() => void used.elsewhere.pages.set(SERVER, serverAt(used.elsewhere)));

const serverAt = ({ origin }: Site) =>
  world.server({
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
  });
/** One process, which knows nothing of what others have found. */
const process = () => world.connections(undefined, used.trustOfBoth);
const list = (...servers: string[]) =>
  world.mcp.pages.set(`${RESOURCE}/mcp`, world.resource({ authorization_servers: servers }));
const connectAndExpire = async () => {
  await world.connect(process());
  await world.host.expire('ada');
};
const refreshed = (connections: Connections) => codeOf(connections.getAccessToken('ada', 'linear'));
const statusOf = async () => (await process().list('ada'))[0]?.accounts[0]?.status;

describe('Tokens of the first server that is listed', () => {
  beforeEach(() => list(world.auth.origin, used.elsewhere.origin));

  it('are kept while that server is out, and refreshed once it is back', async () => {
    await connectAndExpire();
    world.auth.pages.set(SERVER, answer(503));
    const connections = process();
    const reports: unknown[] = [];
    connections.on('reauthorization_required', (report) => reports.push(report));
    expect(await refreshed(connections)).toBe('provider_unavailable');
    expect([reports, await statusOf(), used.elsewhere.requests]).toEqual([[], 'provider_unavailable', []]);
    world.auth.pages.set(SERVER, serverAt(world.auth));
    expect(await refreshed(process())).toBe('fine');
  });

  it('are not replaced while that server is out, although an API rejects them, and `list` says so', async () => {
    await world.connect(process());
    const { accessToken } = await process().getAccessToken('ada', 'linear');
    world.auth.pages.set(SERVER, answer(503));
    const rejected = { rejectedToken: accessToken };
    expect(await codeOf(process().getAccessToken('ada', 'linear', rejected))).toBe('provider_unavailable');
    expect(await statusOf()).toBe('provider_unavailable');
    world.auth.pages.set(SERVER, serverAt(world.auth));
    expect(await codeOf(process().getAccessToken('ada', 'linear', rejected))).toBe('fine');
    expect(await statusOf()).toBe('connected');
  });

  it('are refreshed at it after it has become the second', async () => {
    await connectAndExpire();
    list(used.elsewhere.origin, world.auth.origin);
    expect(await refreshed(process())).toBe('fine');
    expect(used.elsewhere.requests).toEqual([]);
  });

  it('are refreshed at it where it is listed with a slash at its end by now', async () => {
    await connectAndExpire();
    list(used.elsewhere.origin, `${world.auth.origin}/`);
    expect(await refreshed(process())).toBe('fine');
  });

  it('go nowhere once the MCP server lists others only', async () => {
    await connectAndExpire();
    list(used.elsewhere.origin);
    expect(await refreshed(process())).toBe('reauthorization_required');
    expect(used.elsewhere.asked).toEqual([SERVER]);
  });

  it('are kept while the others are out of which one may have given them, where that is not known', async () => {
    await connectAndExpire();
    await world.host.rows.update({ userId: 'ada' }, { issuer: null });
    world.auth.pages.set(SERVER, answer(503));
    expect(await refreshed(process())).toBe('provider_unavailable');
    expect(await statusOf()).toBe('provider_unavailable');
  });

  it('come from a flow that ends while that server is out with an error that says so', async () => {
    const state = (await world.begin(process())).searchParams.get('state') ?? '';
    world.auth.pages.set(SERVER, answer(503));
    const complete = process().complete(`/connections/linear/callback?code=c&state=${state}`, {
      userId: 'ada',
    });
    expect(await codeOf(complete)).toBe('provider_unavailable');
  });

  it('do not keep a user from the second server while the first is out', async () => {
    world.auth.pages.set(SERVER, answer(503));
    expect((await world.begin(process())).origin).toBe(used.elsewhere.origin);
  });
});

describe('Tokens of a server that the MCP server no longer names', () => {
  beforeEach(() => {
    // As servers of earlier specifications are: their own authorization server.
    world.mcp.pages.set(SERVER, serverAt(world.mcp));
  });

  it('are refreshed at it where the MCP server has no metadata, for a moment or from now on', async () => {
    await connectAndExpire();
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    expect(await refreshed(process())).toBe('fine');
    expect(world.tokenRequests.at(-1)).toMatchObject({ grant_type: 'refresh_token' });
  });

  it('are not sent to a server of which only the row says that it gave them', async () => {
    await connectAndExpire();
    world.mcp.pages.delete(`${RESOURCE}/mcp`);
    await world.host.rows.update(
      { userId: 'ada' },
      { issuer: used.elsewhere.origin, configFingerprint: null, generation: 0 },
    );
    await refreshed(process());
    expect(used.elsewhere.requests).toEqual([]);
  });

  it('are not sent there where the MCP server has metadata that lists no server', async () => {
    await connectAndExpire();
    list();
    world.auth.requests.length = 0;
    expect(await refreshed(process())).toBe('reauthorization_required');
    expect(world.auth.requests).toEqual([]);
  });
});

/**
 * All requests of one call share a deadline, however many a server can cause. The clock is the test's: each answer takes most of
 * the time that one request may take.
 */
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connections, connectionRegistry, runConnectionMigrations } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { keyOf } from '../setup/connected';
import { testDatabase } from '../setup/database';

const REQUEST_MS = 10_000;
const ORIGIN = 'https://mcp.test';
const atEnd = atEndOfTests();
let dataSource: DataSource;
let connections: Connections;
let requests: string[] = [];
let takesMs = 0;
/** What a request is answered with. */
let answerTo: (url: URL, init: RequestInit) => Response = () => new Response('', { status: 404 });

beforeAll(async () => {
  // Its clock goes on as it is.
  dataSource = await (await testDatabase('sqlite', atEnd)).connect();
  await runConnectionMigrations(dataSource);
  const registry = connectionRegistry({
    mcpServers: { slow: { url: `${ORIGIN}/mcp`, auth_type: 'oauth2' } },
  });
  const fetch = async (address: string, init: RequestInit) => {
    requests.push(address);
    if (takesMs > 0) vi.advanceTimersByTime(takesMs);
    return answerTo(new URL(address), init);
  };
  connections = new Connections(
    { dataSource, registry },
    {
      keys: `k1:${keyOf('a')}`,
      publicUrl: 'https://host.test',
      fetch,
      discoveryFetch: fetch,
      requestTimeoutMs: REQUEST_MS,
    },
  );
});
beforeEach(() => {
  requests = [];
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  takesMs = REQUEST_MS * 0.9;
});
afterEach(() => void vi.useRealTimers());
afterAll(() => connections.close());

describe('A server that answers as slowly as it may', () => {
  it('holds `authorize` for four requests, and not for the two dozen that it leads to', async () => {
    answerTo = (url, { method }) => {
      if (url.pathname === '/mcp') {
        const challenge = `Bearer resource_metadata="${ORIGIN}/elsewhere"`;
        return new Response(
          '',
          method === 'POST' ? { status: 401, headers: { 'www-authenticate': challenge } } : { status: 403 },
        );
      }
      return goingOn(url);
    };
    await expect(connections.authorize('ada', 'slow')).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    expect(requests).toHaveLength(4);
  });

  it('holds `complete` and `disconnect` no longer, and the row goes in any case', async () => {
    takesMs = 0;
    answerTo = ({ pathname }) => {
      if (pathname === '/.well-known/oauth-authorization-server') return Response.json(metadata);
      if (pathname === '/register') return Response.json({ client_id: 'c' }, { status: 201 });
      if (pathname === '/token') return Response.json({ access_token: 'at', token_type: 'Bearer' });
      return new Response('', { status: 404 });
    };
    await connections.complete(await flow(), { userId: 'ada' });
    const late = await flow();
    // Its documents are no longer fresh, and each place leads to another.
    vi.setSystemTime(Date.now() + 2 * 86_400_000);
    takesMs = REQUEST_MS * 0.9;
    answerTo = goingOn;
    requests = [];
    await expect(connections.complete(late, { userId: 'ada' })).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    expect(requests).toHaveLength(4);
    requests = [];
    expect(await connections.disconnect('ada', 'slow')).toEqual({ removed: true, revocation: 'failed' });
    expect(requests).toHaveLength(4);
    expect((await connections.list('ada'))[0]?.accounts).toEqual([]);
  });
});

const metadata = {
  issuer: ORIGIN,
  authorization_endpoint: `${ORIGIN}/authorize`,
  token_endpoint: `${ORIGIN}/token`,
  revocation_endpoint: `${ORIGIN}/revoke`,
  registration_endpoint: `${ORIGIN}/register`,
  code_challenge_methods_supported: ['S256'],
};

function goingOn(url: URL): Response {
  url.searchParams.set('hop', String(Number(url.searchParams.get('hop') ?? 0) + 1));
  return new Response('', { status: 302, headers: { location: url.href } });
}

async function flow(): Promise<string> {
  const { authorizationUrl } = await connections.authorize('ada', 'slow');
  const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
  return `/connections/slow/callback?code=c&state=${state}`;
}

/** Whatever a token endpoint does has a defined outcome, and only what it clearly says changes what is stored. */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Connections, ConnectionsErrorCode } from '../../src';
import type { ConnectionsErrorOf } from '../../src/errors';
import { atEndOfTests } from '../setup/at-end';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { holdLimits } from '../setup/held-limits';
import type { Responder } from '../setup/token-endpoint';
import { TokenEndpoint } from '../setup/token-endpoint';

const json = (status: number, body: unknown, headers = {}): Responder => {
  return (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
};
const text = (status: number, body: string, headers = {}): Responder => {
  return (response) => void response.writeHead(status, headers).end(body);
};

type Failure = readonly [string, ConnectionsErrorCode, Responder];

const REQUEST_MS = 10_000;

/** What only a limit ends. */
const SILENT = 'does not answer';
const UNENDED = 'begins an answer and does not end it';

const failures: readonly Failure[] = [
  [SILENT, 'provider_unavailable', () => undefined],
  [UNENDED, 'provider_unavailable', (response) => void response.write('{"acc')],
  ['resets the connection', 'provider_unavailable', (response) => void response.socket?.resetAndDestroy()],
  ['answers 429', 'provider_unavailable', json(429, {}, { 'retry-after': '7' })],
  ['answers 500 with invalid_grant', 'provider_unavailable', json(500, { error: 'invalid_grant' })],
  ['answers 503 in HTML', 'provider_unavailable', text(503, '<h1>Down</h1>')],
  ['answers 200 in HTML', 'provider_unavailable', text(200, '<html>Please log in</html>')],
  ['answers 200 with nothing', 'provider_unavailable', text(200, '')],
  ['answers 10 MB', 'provider_unavailable', text(200, `{"access_token":"${'x'.repeat(10_000_000)}"}`)],
  [
    'answers 200 with temporarily_unavailable',
    'provider_unavailable',
    json(200, { error: 'temporarily_unavailable' }),
  ],
  ['redirects', 'provider_refused', text(302, '', { location: 'http://169.254.169.254/token' })],
  ['is not there', 'provider_refused', text(404, '<h1>Not found</h1>')],
  ['refuses the client', 'provider_refused', json(401, { error: 'invalid_client' })],
  ['refuses the request', 'provider_refused', json(400, { error: 'invalid_request' })],
  ['refuses in words of its own', 'provider_refused', json(200, { error: 'bad_thing<script>' })],
];

/** What says nothing gives the hour of the token before. */
const answers: readonly (readonly [string, object, number, Responder | null])[] = [
  ['a number as text', { expires_in: '120' }, 120, null],
  ['a negative number', { expires_in: -5 }, 3600, null],
  ['null', { expires_in: null }, 3600, null],
  ['nothing', {}, 3600, null],
  ['a huge number', { expires_in: 1e18 }, Number.POSITIVE_INFINITY, null],
  ['no number', { expires_in: 'soon' }, 3600, null],
  [
    'a number, without token_type, with a null scope, and 201',
    { expires_in: 120, scope: null, token_type: undefined },
    120,
    json(201, { access_token: 'new', expires_in: 120, scope: null }),
  ],
  [
    'a number in a form',
    { expires_in: 120 },
    120,
    text(200, 'access_token=new&expires_in=120&scope=read', {
      'content-type': 'application/x-www-form-urlencoded',
    }),
  ],
];

const MAX_DEPTH = 20;
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const granted = (fields: string): Responder =>
  text(200, `{"access_token":"new","expires_in":60${fields}}`, { 'content-type': 'application/json' });
const scopesOf = (count: number): string =>
  Array.from({ length: count }, (_, index) => `scope${index}`).join(' ');

/** What an answer makes of the row, beside the tokens. */
const extremes: readonly (readonly [string, Responder, object])[] = [
  [
    'a captured field of 100,000 levels',
    granted(`,"x":${deep(100_000)}`),
    { providerMetadata: { x: JSON.parse(deep(MAX_DEPTH)) } },
  ],
  [
    'a captured field of 500,000 bytes',
    granted(`,"x":"${'x'.repeat(500_000)}","y":1`),
    { providerMetadata: { y: 1 } },
  ],
  [
    'fields that are named like parts of JavaScript',
    granted(',"__proto__":{"a":1},"constructor":{"prototype":{"a":1}},"x":{"__proto__":{"a":1},"b":2}'),
    { providerMetadata: { x: { b: 2 } } },
  ],
  ['scopes with control characters', granted(',"scope":"a\\r\\nb \\u0000c"'), { scopes: 'a b' }],
  ['a million bytes of scopes', granted(`,"scope":"${scopesOf(90_000)}"`), { scopes: null }],
  [
    'a token_type of 100,000 characters',
    granted(`,"token_type":"${'x'.repeat(100_000)}"`),
    { tokenType: null },
  ],
  ['a token_type with line breaks', granted(',"token_type":"Bearer\\r\\nX: 1"'), { tokenType: null }],
];

describeAnyEngine('A token endpoint', (engine) => {
  const host = ConnectedHost.forTests(engine);
  const atEnd = atEndOfTests();
  let endpoint: TokenEndpoint;
  let connections: Connections;
  beforeAll(async () => {
    endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
    connections = host.connections({}, host.config({ token_url: endpoint.url }));
  });
  beforeEach(() => {
    endpoint.requests.length = 0;
  });

  it.each(failures)('that %s ends in %s, and changes nothing else', async (what, code, responder) => {
    const endLimit = what === SILENT || what === UNENDED ? holdLimits() : null;
    const asking = host.connections(
      {
        requestTimeoutMs: REQUEST_MS,
        fetch: async (...given) => {
          const response = await fetch(...given);
          // Its body is being read by then.
          if (what === UNENDED) setImmediate(() => endLimit?.(REQUEST_MS));
          return response;
        },
      },
      host.config({ token_url: endpoint.url }),
    );
    const { id } = await host.user(connections);
    const before = await host.row(id);
    endpoint.next((response, request) => {
      responder(response, request);
      if (what === SILENT) endLimit?.(REQUEST_MS);
    });
    await expect(asking.getAccessToken(id, 'atlassian')).rejects.toMatchObject({ code });
    const refusedSince = code === 'provider_refused' ? expect.any(Date) : null;
    const after = await host.row(id);
    const { claimedGeneration } = after;
    expect(after).toEqual(
      Object.assign(before, {
        claimedGeneration,
        leaseExpiresAt: null,
        refusedSince,
        failingSince: expect.any(Date),
      }),
    );
    endpoint.nextAnswer(200, { access_token: 'new', expires_in: 60 });
    expect((await connections.getAccessToken(id, 'atlassian')).accessToken).toBe('new');
  });

  it.each(answers)('that gives %s as expires_in is understood', async (_what, fields, seconds, responder) => {
    const { id } = await host.user(connections);
    endpoint.next(responder ?? json(200, { access_token: 'new', token_type: 'bearer', ...fields }));
    const began = Date.now();
    const { accessToken, expiresAt } = await connections.getAccessToken(id, 'atlassian');
    expect(accessToken).toBe('new');
    const after = (from: number) => Math.min(from + seconds * 1000, Date.UTC(9999, 11, 31));
    // The hour of the token before was written by two clocks that were read one after the other.
    expect(expiresAt?.getTime()).toBeGreaterThanOrEqual(after(began) - 100);
    expect(expiresAt?.getTime()).toBeLessThanOrEqual(after(Date.now()));
  });

  it.each(extremes)('that gives %s gives the tokens all the same', async (_what, responder, expected) => {
    const config = host.config({ token_url: endpoint.url, capture: ['x', 'y', '__proto__', 'constructor'] });
    const capturing = host.connections({}, config);
    const { id } = await host.user(capturing);
    endpoint.next(responder);
    expect((await capturing.getAccessToken(id, 'atlassian')).accessToken).toBe('new');
    expect(await host.row(id)).toMatchObject(expected);
    expect({}).not.toHaveProperty('a');
  });

  it('is left alone for as long as it asks after a 429, by all callers', async () => {
    const { id } = await host.user(connections);
    const told: unknown[] = [];
    const stop = connections.on('refresh_failed', ({ error }) => told.push(error));
    endpoint.nextAnswer(429, {}, { 'retry-after': '3600' });
    const earliest = Date.now() + HOUR_MS;
    const failed = () => connections.getAccessToken(id, 'atlassian').catch((error: unknown) => error);
    const first = await failed();
    const again = await failed();
    stop();
    expect(again).toMatchObject({ message: expect.stringMatching(/asked again from/) });
    expect(endpoint.requests).toHaveLength(1);
    for (const error of [first, again, ...told]) {
      const about = { code: 'provider_unavailable', connectionName: 'atlassian', account: 'default' };
      expect(error).toMatchObject(about);
      const { retryAt } = error as ConnectionsErrorOf<'provider_unavailable'>;
      expect(retryAt?.getTime()).toBeGreaterThanOrEqual(earliest);
    }
    expect(told).toHaveLength(1);
  });

  it('that refuses the client is asked again when the secret has changed meanwhile', async () => {
    const secrets = ['old', 'new'];
    const config = host.config({
      token_url: endpoint.url,
      client_secret: undefined,
      client_secret_env: 'SECRET',
    });
    const rotated = host.connections({ resolveSecret: () => secrets.shift() ?? 'none' }, config);
    const { id } = await host.user(rotated);
    endpoint.nextAnswer(401, { error: 'invalid_client' });
    endpoint.nextAnswer(200, { access_token: 'new', expires_in: 60 });
    expect((await rotated.getAccessToken(id, 'atlassian')).accessToken).toBe('new');
    const sent = endpoint.requests.map(({ body }) => new URLSearchParams(body).get('client_secret'));
    expect(sent).toEqual(['old', 'new']);
  });

  it('is not asked when the secret cannot be had, and the operator is told which', async () => {
    const config = host.config({
      token_url: endpoint.url,
      client_secret: undefined,
      client_secret_env: 'NOT_SET_1',
    });
    const without = host.connections({}, config);
    const { id } = await host.user(without);
    const refused = without.getAccessToken(id, 'atlassian');
    await expect(refused).rejects.toMatchObject({
      code: 'secret_unresolved',
      connectionName: 'atlassian',
      account: 'default',
      message: expect.stringContaining('NOT_SET_1'),
    });
    expect(endpoint.requests).toEqual([]);
  });

  it('that ends the grant makes the user connect again, and the row stays', async () => {
    const { id } = await host.user(connections);
    const told = new Promise((resolve) => connections.on('reauthorization_required', resolve));
    endpoint.nextAnswer(400, { error: 'invalid_grant' });
    const required = { code: 'reauthorization_required' };
    await expect(connections.getAccessToken(id, 'atlassian')).rejects.toMatchObject(required);
    await expect(connections.getAccessToken(id, 'atlassian')).rejects.toMatchObject(required);
    expect(await told).toMatchObject({ userId: id, reason: 'invalid_grant' });
    expect(await host.row(id)).toMatchObject({
      status: 'reauthorization_required',
      statusReason: 'invalid_grant',
    });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('ends a caller’s wait when its signal says so, and the answer is saved all the same', async () => {
    const { id } = await host.user(connections);
    const stop = new AbortController();
    const refreshed = new Promise((resolve) => connections.on('refreshed', resolve));
    const asked = new Promise<() => void>((resolve) => {
      endpoint.next((response) =>
        resolve(() => void response.end(JSON.stringify({ access_token: 'new', expires_in: 60 }))),
      );
    });
    const waiting = connections.getAccessToken(id, 'atlassian', { signal: stop.signal });
    const answer = await asked;
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    answer();
    await refreshed;
    expect((await connections.getAccessToken(id, 'atlassian')).accessToken).toBe('new');
  });
});

/**
 * Whatever a server sends ends in a result or in an error of ours.
 *
 * @module-tag long
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionsError } from '../../src/errors';
import { readChallenge } from '../../src/oauth/challenge';
import type { JsonDocument } from '../../src/oauth/documents';
import { Documents } from '../../src/oauth/documents';
import { registerClient } from '../../src/oauth/registration';
import { readResourceMetadata } from '../../src/oauth/resource-metadata';
import { placeAt } from '../../src/oauth/search';
import { readServerMetadata } from '../../src/oauth/server-metadata';
import { isBearer } from '../../src/oauth/token-answer';
import { requestTokens, revokeToken } from '../../src/oauth/token-endpoint';

const ISSUER = 'https://auth.example.com';
const expected = {
  issuer: ISSUER,
  isNeighbor: false,
  trusted: new Set<string>(),
  authorizeUrl: null,
  remedy: () => '',
};
const RUNS = { numRuns: 1_000 };

const number = fc.constantFrom('1e999', '-1e999', '9e15', '1e300', '-0', '0.1', '99999999999999999999');
const deep = fc
  .integer({ min: 1, max: 20_000 })
  .chain((levels) =>
    fc.constantFrom(
      '['.repeat(levels) + ']'.repeat(levels),
      '{"a":'.repeat(levels) + '1' + '}'.repeat(levels),
    ),
  );
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('DPoP', '', 'a b', 'a\r\nb', '__proto__', ISSUER),
);
const value = fc.oneof(
  fc.json(),
  number,
  deep,
  text.map((one) => JSON.stringify(one)),
);

/** An object with some of the fields that matter, and values of every kind; else any text, any bytes. */
function bodies(fields: readonly string[]) {
  const field = fc.tuple(fc.oneof(fc.constantFrom(...fields, '__proto__', 'constructor'), text), value);
  const object = fc
    .array(field, { maxLength: 8 })
    .map((pairs) => `{${pairs.map(([name, one]) => `${JSON.stringify(name)}:${one}`).join()}}`);
  const form = fc
    .array(fc.tuple(fc.constantFrom(...fields), text))
    .map((pairs) => String(new URLSearchParams(pairs)));
  const bytes = fc.uint8Array({ maxLength: 200 });
  return fc.oneof({ weight: 4, arbitrary: object }, fc.json(), form, bytes);
}

const status = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(200, 201) },
  fc.integer({ min: 200, max: 599 }),
);
const headers = fc.record({
  'content-type': fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/html;;;'),
  'retry-after': fc.constantFrom(
    '1',
    '-1',
    '9'.repeat(30),
    '9'.repeat(400),
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'soon',
  ),
  'cache-control': fc.constantFrom('max-age=60', 'max-age=999999999999', 'max-age=-1', 'no-store, max-age="'),
  location: fc.constantFrom('/', '//', 'http://[', 'https://127.0.0.1/', ISSUER, `/${'x'.repeat(3_000)}`),
});
const answers = (fields: readonly string[]) => fc.tuple(bodies(fields), status, headers);
type Answer = [string | Uint8Array, number, Record<string, string>];

const through = ([body, code, sent]: Answer) => ({
  timeoutMs: 5_000,
  fetch: async () => {
    const hasNoBody = code === 204 || code === 205 || code === 304;
    const given = typeof body === 'string' ? body : Uint8Array.from(body);
    return new Response(hasNoBody ? null : given, { status: code, headers: sent });
  },
});

/** @returns the result; undefined after an error of ours */
async function outcome<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof ConnectionsError) return undefined;
    throw error;
  }
}

describe('Any answer of', () => {
  it('a token endpoint is read', async () => {
    const fields = [
      'access_token',
      'refresh_token',
      'token_type',
      'expires_in',
      'scope',
      'error',
      'x',
      'authed_user',
    ];
    const options = { capture: ['x', 'x.y', '__proto__', 'constructor'] };
    const client = { id: 'c', secret: 's' };
    const deviations = fc.constantFrom(
      {},
      { token_path: 'authed_user' },
      { error_path: 'x.code' },
      { scope_separator: ',' },
    );
    await fc.assert(
      fc.asyncProperty(answers(fields), deviations, async (answer, deviation) => {
        const endpoint = { url: `${ISSUER}/token`, client, options: { ...options, ...deviation } };
        const how = through(answer);
        const read = await requestTokens(endpoint, 'refresh_token', { refresh_token: 'r' }, how);
        const revocation = await revokeToken(endpoint, 't', 'access_token', how);
        expect(typeof revocation).toBe('boolean');
        if (read.kind === 'transient') expect(read.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
        if (read.kind !== 'tokens') return;
        const { expiresAt, scopes, providerMetadata, tokenType } = read.tokens;
        expect(expiresAt?.toISOString() ?? '').not.toMatch(/^\+/);
        expect(scopes?.join(' ') ?? 'none').toMatch(/^[\x20-\x7e]+$/);
        expect(JSON.stringify(providerMetadata ?? {}).length).toBeLessThanOrEqual(60_000);
        expect(tokenType ?? '').not.toMatch(/\p{Cc}/u);
        expect(typeof isBearer(read.tokens)).toBe('boolean');
        expect({}).not.toHaveProperty('a');
      }),
      RUNS,
    );
  });

  it('a registration endpoint is read', async () => {
    const fields = [
      'client_id',
      'client_secret',
      'client_secret_expires_at',
      'token_endpoint_auth_method',
      'scope',
      'error',
      'error_description',
    ];
    await fc.assert(
      fc.asyncProperty(answers(fields), async (answer) => {
        const need = { authMethods: ['none'], grantTypes: ['authorization_code'], scopes: ['read'] } as const;
        const request = { client: { name: 'Host' }, redirectUri: 'https://host.example/cb', need };
        const registered = await outcome(() =>
          registerClient(`${ISSUER}/register`, { authMethods: null }, request, through(answer)),
        );
        if (!registered) return;
        expect(registered.clientId).toMatch(/^[\x20-\x7e]{1,2048}$/);
        expect(new Date(registered.expiresAt ?? 0).toISOString()).not.toMatch(/^\+/);
      }),
      RUNS,
    );
  });

  it('a place of metadata is read', async () => {
    const fields = [
      'issuer',
      'resource',
      'authorization_servers',
      'authorization_endpoint',
      'token_endpoint',
      'scopes_supported',
    ];
    const documents = new Documents();
    let place = 0;
    await fc.assert(
      fc.asyncProperty(answers(fields), fc.constantFrom('a', 'b'), async (answer, connectionName) => {
        const how = through(answer);
        const access = { exchange: how, guarded: how, trusted: new Set<string>(), connectionName };
        const found = await outcome(() => documents.get(new URL(`${ISSUER}/${(place += 1)}`), access));
        expect(documents.cache.bytes).toBeLessThanOrEqual(150_000);
        if (found?.kind !== 'document') return;
        const { document } = found;
        await outcome(async () => readServerMetadata(document, placeAt(new URL(ISSUER)), expected));
        await outcome(async () => readResourceMetadata(document, placeAt(new URL(ISSUER)), new URL(ISSUER)));
      }),
      RUNS,
    );
  });

  it('a metadata document, right but for one field, is read', async () => {
    const right: JsonDocument = {
      issuer: ISSUER,
      resource: ISSUER,
      authorization_servers: [ISSUER],
      authorization_endpoint: `${ISSUER}/a`,
      token_endpoint: `${ISSUER}/t`,
    };
    const name = fc.constantFrom(...Object.keys(right), 'scopes_supported', 'revocation_endpoint');
    await fc.assert(
      fc.asyncProperty(name, fc.anything(), async (field, one) => {
        const document = { ...right, [field]: one };
        await outcome(async () => readServerMetadata(document, placeAt(new URL(ISSUER)), expected));
        await outcome(async () => readResourceMetadata(document, placeAt(new URL(ISSUER)), new URL(ISSUER)));
      }),
      RUNS,
    );
  });

  it('an MCP server with a challenge is read', () => {
    const parts = fc.constantFrom(
      'Bearer',
      'bearer ',
      'DPoP',
      '"',
      '\\',
      '\\"',
      '=',
      ',',
      ' ',
      'scope',
      'scope="',
      'a b',
      'error=',
      '\u0000',
      'é',
    );
    const header = fc.oneof(
      fc.array(parts, { maxLength: 60 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(header, (sent) => {
        const challenge = readChallenge(sent);
        expect(challenge?.scopes?.join(' ') ?? 'none').toMatch(/^[\x20-\x7e]{1,4000}$/);
      }),
      { numRuns: 5_000 },
    );
  });
});

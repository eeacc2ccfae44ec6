import { describe, expect, it } from 'vitest';
import { challengeOfAnswer, readChallenge } from '../../src/oauth/challenge';

const url = 'https://mcp.example.com/.well-known/oauth-protected-resource';

describe('readChallenge', () => {
  it.each([
    [
      `Bearer resource_metadata="${url}", scope="files:read files:write"`,
      { resourceMetadata: url, scopes: ['files:read', 'files:write'], error: null },
    ],
    [
      `bearer scope="a",\n  resource_metadata="${url}"`,
      { resourceMetadata: url, scopes: ['a'], error: null },
    ],
    [
      `Basic realm="x, Bearer y", Bearer resource_metadata="${url}"`,
      { resourceMetadata: url, scopes: null, error: null },
    ],
    [
      `Bearer realm="a \\"quoted\\" one", error="insufficient_scope", scope="admin"`,
      { resourceMetadata: null, scopes: ['admin'], error: 'insufficient_scope' },
    ],
    [
      `Bearer error=invalid_token, resource_metadata=${url}`,
      { resourceMetadata: url, scopes: null, error: 'invalid_token' },
    ],
    [`Bearer scope="one", Bearer scope="two"`, { resourceMetadata: null, scopes: ['one'], error: null }],
    ['Bearer', { resourceMetadata: null, scopes: null, error: null }],
    ['Bearer scope=""', { resourceMetadata: null, scopes: null, error: null }],
    [`Negotiate abc==, Bearer scope="x"`, { resourceMetadata: null, scopes: ['x'], error: null }],
    [`Bearer scope = "x" , error = y`, { resourceMetadata: null, scopes: ['x'], error: 'y' }],
    [`Bearer scope="x", error="open`, { resourceMetadata: null, scopes: ['x'], error: null }],
    [`Bearer scope="x"error="y"`, { resourceMetadata: null, scopes: ['x'], error: null }],
    [`DPoP algs="ES256", Bearer scope="x"`, { resourceMetadata: null, scopes: ['x'], error: null }],
  ])('reads %j', (header, expected) => {
    expect(readChallenge(header)).toEqual(expected);
  });

  it.each([
    ['names its metadata', `Bearer scope="one", Bearer resource_metadata="${url}"`, url, null],
    ['has scopes, where none names its metadata', 'Bearer, Bearer scope="two"', null, ['two']],
  ])('takes, of several Bearer challenges, the one that %s', (_what, header, resourceMetadata, scopes) => {
    expect(readChallenge(header)).toMatchObject({ resourceMetadata, scopes });
  });

  it.each<[string, string | null]>([
    ['no header', null],
    ['an empty header', ''],
    ['a Basic challenge', 'Basic realm="x"'],
    ['a Negotiate challenge', 'Negotiate abc=='],
    ['a quotation mark', '"'],
    ['commas', ',,,'],
    ['a long word', 'x'.repeat(100_000)],
    ['a long Bearer challenge of nothing but signs', `Bearer${' ='.repeat(50_000)}`],
  ])('finds no scopes in %s', (_what, header) => {
    expect(readChallenge(header)?.scopes ?? null).toBeNull();
  });

  it.each<[string, string, string[] | null]>([
    ['leaves out what is no scope', 'a \\"b\\" c\u0000 é d', ['a', 'd']],
    ['takes 100 scopes', 'x '.repeat(100), Array.from({ length: 100 }, () => 'x')],
    ['takes no more than 100 scopes', 'x '.repeat(101), null],
    ['takes no more than 4,000 characters of scopes', `${'x'.repeat(2_000)} ${'y'.repeat(2_000)}`, null],
  ])('%s', (_what, scope, scopes) => {
    expect(readChallenge(`Bearer scope="${scope}"`)).toMatchObject({ scopes });
  });

  it('takes an address of 2,048 characters, and none that is longer', () => {
    const address = `https://a.example/${'x'.repeat(2_030)}`;
    expect(readChallenge(`Bearer resource_metadata="${address}"`)?.resourceMetadata).toBe(address);
    expect(readChallenge(`Bearer scope="a", resource_metadata="${address}x"`)).toEqual({
      resourceMetadata: null,
      scopes: ['a'],
      error: null,
    });
  });

  it('takes no error code that the RFC does not allow', () => {
    expect(readChallenge(`Bearer error="${'x'.repeat(256)}"`)?.error).toBeNull();
    expect(readChallenge('Bearer error="a\u0000b"')?.error).toBeNull();
  });
});

it.each([
  [401, ['x']],
  [403, ['x']],
  [200, null],
  [500, null],
])('challengeOfAnswer reads an answer of status %d as a challenge with the scopes %j', (status, scopes) => {
  const headers = new Headers({ 'www-authenticate': 'Bearer scope="x"' });
  expect(challengeOfAnswer({ status, headers })?.scopes ?? null).toEqual(scopes);
});

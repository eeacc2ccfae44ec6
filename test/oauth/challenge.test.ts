import { expect, it } from 'vitest';
import { readChallenge } from '../../src/oauth/challenge';

const url = 'https://mcp.example.com/.well-known/oauth-protected-resource';

it.each([
  [
    `Bearer resource_metadata="${url}", scope="files:read files:write"`,
    { resourceMetadata: url, scopes: ['files:read', 'files:write'], error: null },
  ],
  [`bearer scope="a",\n  resource_metadata="${url}"`, { resourceMetadata: url, scopes: ['a'], error: null }],
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
  [`DPoP algs="ES256", Bearer scope="x"`, { resourceMetadata: null, scopes: ['x'], error: null }],
])('reads %j', (header, expected) => {
  expect(readChallenge(header)).toEqual(expected);
});

it.each([
  null,
  '',
  'Basic realm="x"',
  'Negotiate abc==',
  '"',
  ',,,',
  'x'.repeat(100_000),
  `Bearer${' ='.repeat(50_000)}`,
])('finds no scopes in %.40j', (header) => {
  expect(readChallenge(header)?.scopes ?? null).toBeNull();
});

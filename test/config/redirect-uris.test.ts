import { describe, expect, it } from 'vitest';
import { fitsPath } from '../../src/config/names';
import { parseConnections } from '../../src/config/parse';
import { declaration, entry } from '../setup/declarations';

const oauth = (server: string, more: object = {}) => ({
  client_id: 'id',
  authorize_url: `https://${server}/authorize`,
  token_url: `https://${server}/token`,
  ...more,
});
const warningsOf = (entries: Parameters<typeof declaration>[0]) => {
  const { problems, rejected } = parseConnections(declaration(entries));
  expect(rejected.size).toBe(0);
  return problems.map(({ severity, code, path, message }) => ({ severity, code, path, message }));
};

describe('A name', () => {
  it.each(['github', 'my server', 'Zoë', 'a.b', '...', 'x'.repeat(120), '🙂'])(
    'such as %j can be part of a path',
    (name) => {
      expect(fitsPath(name)).toBe(true);
      const path = `/connections/${encodeURIComponent(name)}/callback`;
      expect(new URL(path, 'https://api.example.test').pathname).toBe(path);
      expect(warningsOf({ [name]: entry() })).toEqual([]);
    },
  );

  it.each(['.', '..', 'a/b', 'a\\b', '100%', '%2e%2e', 'x'.repeat(121), 'ë'.repeat(21)])(
    'such as %j needs a declared redirect URI',
    (name) => {
      expect(fitsPath(name)).toBe(false);
      expect(warningsOf({ [name]: entry() })).toMatchObject([
        {
          severity: 'warning',
          code: 'missing_field',
          path: expect.stringMatching(/oauth_config\.redirect_uri$/),
          message: expect.stringContaining('declare redirect_uri'),
        },
      ]);
      const redirect_uri = 'https://api.example.test/own';
      expect(warningsOf({ [name]: entry({ oauth_config: { redirect_uri } }) })).toEqual([]);
      expect(warningsOf({ [name]: { url: 'https://api.example.test', auth_type: 'none' } })).toEqual([]);
    },
  );
});

describe('A redirect URI that connections share', () => {
  const redirect_uri = 'https://api.example.test/callback';

  it('gets a warning for each of them where their authorization servers differ', () => {
    const found = warningsOf({
      a: entry({ oauth_config: oauth('one.test', { redirect_uri }) }),
      b: entry({ oauth_config: oauth('two.test', { redirect_uri: 'https://eu.example.test/callback' }) }),
      c: entry({ url: 'https://three.test/mcp', oauth_config: { redirect_uri } }),
    });
    expect(found.map(({ path }) => path)).toEqual(
      ['a', 'b', 'c'].map((name) => `mcpServers.${name}.oauth_config.redirect_uri`),
    );
    expect(found[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/"b", "c".*another.*RFC 9700 section 4\.4.*path of its own/),
    });
  });

  it.each([
    ['the server is one', oauth('one.test', { redirect_uri }), oauth('one.test', { redirect_uri })],
    [
      'the server is one, whose issuer only one of them declares',
      oauth('one.test', { redirect_uri, issuer: 'https://one.test' }),
      oauth('one.test', { redirect_uri, authorize_url: 'https://one.test/v2/authorize' }),
    ],
    [
      'the paths differ',
      oauth('one.test', { redirect_uri }),
      oauth('two.test', { redirect_uri: `${redirect_uri}/two` }),
    ],
    ['none is declared', oauth('one.test'), oauth('two.test')],
  ])('gets none where %s', (_what, one, two) => {
    expect(warningsOf({ a: entry({ oauth_config: one }), b: entry({ oauth_config: two }) })).toEqual([]);
  });

  it.each([
    ['the queries differ', `${redirect_uri}?of=two`],
    ['one path is spelled in another way', 'https://api.example.test/%63allback'],
  ])('gets a warning though %s', (_what, other) => {
    const found = warningsOf({
      a: entry({ oauth_config: oauth('one.test', { redirect_uri }) }),
      b: entry({ oauth_config: oauth('two.test', { redirect_uri: other }) }),
    });
    expect(found.map(({ code }) => code)).toEqual(['invalid_value', 'invalid_value']);
  });

  it('gets a warning where two tenants of one host declare their issuers', () => {
    const tenant = (name: string) => oauth('one.test', { redirect_uri, issuer: `https://one.test/${name}` });
    const found = warningsOf({
      a: entry({ oauth_config: tenant('a') }),
      b: entry({ oauth_config: tenant('b') }),
    });
    expect(found).toHaveLength(2);
  });

  it('gets a warning where it is the default of another connection', () => {
    const copied = { redirect_uri: 'https://api.example.test/connections/b/callback' };
    const found = warningsOf({
      a: entry({ oauth_config: oauth('one.test', copied) }),
      b: entry({ oauth_config: oauth('two.test') }),
    });
    expect(found.map(({ path }) => path)).toEqual(['mcpServers.a.oauth_config.redirect_uri']);
  });

  it('shows a few of many', () => {
    const entries = Array.from({ length: 9 }, (_, index) => [
      `c${index}`,
      entry({ oauth_config: oauth(`s${index}.test`, { redirect_uri }) }),
    ]);
    expect(warningsOf(Object.fromEntries(entries))[0]?.message).toMatch(/for "c1", "c2", "c3", at another/);
  });
});

import { describe, expect, it } from 'vitest';
import { InlineSecret } from '../../src/config/secrets';
import { entry, nothingDeclared, oauthProblems, parseEntry } from './documents';

const at = (field: string) => `mcpServers.demo.oauth_config.${field}`;
const oauth = (fields: unknown, environment = {}) =>
  parseEntry(entry({ oauth_config: fields }), environment).connections.get('demo')?.oauth;

describe('oauth_config', () => {
  it('may be left out: everything is discovered later', () => {
    expect(parseEntry(entry()).connections.get('demo')?.oauth).toEqual(nothingDeclared);
    expect(oauth({})).toEqual(nothingDeclared);
  });

  it('with every field has them all, numbers also from digits', () => {
    const fields = {
      client_id: '${ID}',
      client_secret_arn: 'arn:aws:secretsmanager:eu-central-1:1:secret:demo',
      authorize_url: 'https://auth.example.com/authorize?a=1',
      token_url: 'https://auth.example.com/token',
      redirect_uri: '${BACKEND}/connections/callback',
      scopes: 'read  write\nread offline_access',
      provider: 'example',
      authorize_params: {
        audience: 'api.example.com',
        token_access_type: 'offline',
        prompt: '${PROMPT:-consent}',
      },
      token_params: { expires_in: 3600, flag: true },
      refresh_params: {},
      token_endpoint_auth_method: 'client_secret_basic_raw',
      token_request_format: 'json',
      scope_separator: ' ',
      refresh_url: 'https://auth.example.com/refresh',
      refresh_scope: 'omit',
      pkce: 'off',
      resource: 'https://mcp.example.com/',
      default_expires_in: '3600',
      refresh_margin: '${MARGIN}',
      token_path: 'authed_user',
      error_path: 'error.code',
      grant_ended_errors: ['BAD_TOKEN', '1001'],
      capture: ['instance_url', 'realmId'],
    };
    const environment = { ID: 'client-1', BACKEND: 'http://localhost:3000', MARGIN: '0' };
    expect(oauthProblems(fields, environment)).toEqual([]);
    expect(oauth(fields, environment)).toEqual({
      clientId: 'client-1',
      clientSecret: { kind: 'arn', arn: 'arn:aws:secretsmanager:eu-central-1:1:secret:demo' },
      authorizeUrl: 'https://auth.example.com/authorize?a=1',
      tokenUrl: 'https://auth.example.com/token',
      redirectUri: 'http://localhost:3000/connections/callback',
      scopes: ['read', 'write', 'offline_access'],
      apiOrigins: [],
      headers: {},
      options: {
        provider: 'example',
        authorize_params: { audience: 'api.example.com', token_access_type: 'offline', prompt: 'consent' },
        token_params: { expires_in: '3600', flag: 'true' },
        refresh_params: {},
        token_endpoint_auth_method: 'client_secret_basic_raw',
        token_request_format: 'json',
        scope_separator: ' ',
        refresh_url: 'https://auth.example.com/refresh',
        refresh_scope: 'omit',
        pkce: 'off',
        resource: 'https://mcp.example.com/',
        default_expires_in: 3600,
        refresh_margin: 0,
        token_path: 'authed_user',
        error_path: 'error.code',
        grant_ended_errors: ['BAD_TOKEN', '1001'],
        capture: ['instance_url', 'realmId'],
      },
    });
  });

  it.each<[unknown, string | undefined, string[]]>([
    ['', undefined, []],
    ['b a b', undefined, ['b', 'a']],
    [['b', 'a c', 'b'], undefined, ['b', 'a', 'c']],
    ['a,b', undefined, ['a,b']],
    ['a,b c, d', ',', ['a', 'b', 'c', 'd']],
    [['a,b'], ', ', ['a', 'b']],
  ])('splits the scopes %j with the separator %j', (scopes, separator, expected) => {
    const fields = separator === undefined ? { scopes } : { scopes, scope_separator: separator };
    expect(oauth(fields)?.scopes).toEqual(expected);
  });

  it('accepts the resource off', () => {
    expect(oauth({ resource: 'off' })?.options).toEqual({ resource: 'off' });
    expect(oauth({ resource: '${R}' }, { R: 'off' })?.options).toEqual({ resource: 'off' });
  });
});

describe('the client secret', () => {
  it.each([
    [{ client_secret_env: 'GITHUB_SECRET' }, { kind: 'env', name: 'GITHUB_SECRET' }],
    [{ client_secret_file: '${DIR}/github' }, { kind: 'file', path: '/run/secrets/github' }],
    [{ client_secret_arn: 'arn:aws:x' }, { kind: 'arn', arn: 'arn:aws:x' }],
    [{ client_secret_arn: 'prod/github+oauth' }, { kind: 'arn', arn: 'prod/github+oauth' }],
  ])('may be a reference: %j', (fields, reference) => {
    expect(oauth(fields, { DIR: '/run/secrets' })?.clientSecret).toEqual(reference);
  });

  it('written in the declaration is hidden, with its variables put in', () => {
    const secret = oauth({ client_secret: 'x-${S}' }, { S: 'hunter2' })?.clientSecret;
    expect(secret).toBeInstanceOf(InlineSecret);
    expect((secret as InlineSecret).reveal()).toBe('x-hunter2');
  });

  it.each<[Record<string, unknown>, string]>([
    [{ client_secret: 5 }, `error invalid_type ${at('client_secret')}: found a number; it must be text`],
    [
      { client_secret: '${NONE}' },
      `error missing_variable ${at('client_secret')}: found no value for the variable "NONE"; set it, or give a default as in \${NAME:-default}`,
    ],
    [
      { client_secret_env: '${HUNTER}' },
      `error invalid_value ${at('client_secret_env')}: found a \${...} expansion; it must be the name of an environment variable, as in GITHUB_CLIENT_SECRET`,
    ],
    [
      { client_secret_env: 'hunter 2' },
      `error invalid_value ${at('client_secret_env')}: found a text that is not the name of a variable; it must be the name of an environment variable, as in GITHUB_CLIENT_SECRET`,
    ],
    [
      { client_secret_arn: 'hunter 2' },
      `error invalid_value ${at('client_secret_arn')}: found a text that is neither an ARN nor the name of a secret; an ARN begins with "arn:" and holds no white space; a name has 1 to 512 letters, digits and characters of "/_+=.@-"`,
    ],
    [
      { client_secret: 'hunter2', client_secret_env: 'HUNTER' },
      `error invalid_value ${at('').slice(0, -1)}: found client_secret and client_secret_env; at most one of them is allowed`,
    ],
  ])('%# in error shows nothing of it', (fields, problem) => {
    expect(oauthProblems(fields, { HUNTER: 'hunter2' })).toEqual([problem]);
  });
});

describe('an error in oauth_config', () => {
  it('leaves no other unsaid, that there are two secrets included', () => {
    expect(oauthProblems({ client_secret: 5, client_secret_env: 'HUNTER', pkce: 'plain' })).toEqual([
      `error invalid_type ${at('client_secret')}: found a number; it must be text`,
      `error invalid_value ${at('pkce')}: found "plain"; allowed are "S256", "off"`,
      `error invalid_value ${at('').slice(0, -1)}: found client_secret and client_secret_env; at most one of them is allowed`,
    ]);
  });

  it.each<[unknown, string]>([
    [5, `invalid_type ${at('').slice(0, -1)}: found a number; it must be an object`],
    [
      { client_id: 'c', authorize_url: 'https://x/a', token_url: 'ftp://x/y?z' },
      `invalid_url ${at('token_url')}: found "ftp://x"; it must be an http or https URL, without white space`,
    ],
    [
      { redirect_uri: 'https://x/#f' },
      `invalid_url ${at('redirect_uri')}: found a URL with a fragment; it must not have one`,
    ],
    [
      { resource: 'urn:x' },
      `invalid_url ${at('resource')}: found a text of 5 characters; it must be an http or https URL, without white space`,
    ],
    [{ pkce: 'plain' }, `invalid_value ${at('pkce')}: found "plain"; allowed are "S256", "off"`],
    [
      { token_request_format: 'xml' },
      `invalid_value ${at('token_request_format')}: found "xml"; allowed are "form", "json"`,
    ],
    [
      { refresh_scope: 'all' },
      `invalid_value ${at('refresh_scope')}: found "all"; allowed are "omit", "requested"`,
    ],
    [
      { default_expires_in: 0 },
      `invalid_value ${at('default_expires_in')}: found 0; allowed is a whole number from 1 to 2147483647`,
    ],
    [
      { default_expires_in: 1.5 },
      `invalid_value ${at('default_expires_in')}: found 1.5; allowed is a whole number from 1 to 2147483647`,
    ],
    [
      { refresh_margin: '1h' },
      `invalid_value ${at('refresh_margin')}: found a text of 2 characters; allowed is a whole number from 0 to 2147483647`,
    ],
    [{ scopes: 5 }, `invalid_type ${at('scopes')}: found a number; it must be text`],
    [{ scopes: ['a', 5] }, `invalid_type ${at('scopes[1]')}: found a number; it must be text`],
    [
      { scopes: Array.from({ length: 8001 }, () => 'a') },
      `too_large ${at('scopes')}: found a list of 8001 items; at most 16000 characters in all are allowed`,
    ],
    [
      { capture: 'x' },
      `invalid_type ${at('capture')}: found a text of 1 character; it must be a list of texts`,
    ],
    [
      { capture: ['team.id', 'authed_user.access_token'] },
      `secret_in_table_field ${at('capture[1]')}: found a field that holds a secret; what is captured stands in the table in clear`,
    ],
    [
      { token_params: [] },
      `invalid_type ${at('token_params')}: found a list of 0 items; it must be an object`,
    ],
    [{ token_params: { a: null } }, `invalid_type ${at('token_params.a')}: found null; it must be text`],
    [{ token_params: { a: NaN } }, `invalid_type ${at('token_params.a')}: found a number; it must be text`],
    [
      { token_params: { a: '\0' } },
      `invalid_text ${at('token_params.a')}: found a NUL character; texts must not contain one`,
    ],
    [
      { authorize_params: { 'a\ud800': 'x' } },
      `invalid_text ${at('authorize_params["a\\ud800"]')}: found a lone surrogate; texts must be well-formed Unicode`,
    ],
    [
      { refresh_params: JSON.parse('{"__proto__":"x"}') as unknown },
      `invalid_value ${at('refresh_params.__proto__')}: found a field named "__proto__"; any other name is allowed`,
    ],
    [
      {
        token_params: Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`p${i}`, 'x'.repeat(15_000)])),
      },
      `too_large ${at('token_params')}: found more than 60000 bytes of JSON; at most 60000 are allowed`,
    ],
  ])('%# says where it is and what is allowed', (fields, problem) => {
    expect(oauthProblems(fields)).toEqual([`error ${problem}`]);
    expect(oauth(fields)).toBeUndefined();
  });

  it('is raised by options that are too large together', () => {
    const big = { a: 'é'.repeat(15_000) };
    expect(oauthProblems({ authorize_params: big, token_params: big, refresh_params: big })).toEqual([
      'error too_large mcpServers.demo.oauth_config: found more than 60000 bytes of JSON; at most 60000 are allowed',
    ]);
  });

  it.each(['authorize_params', 'token_params', 'refresh_params'])('is raised by a secret in %s', (field) => {
    expect(oauthProblems({ [field]: { client_assertion: 'hunter2' } })).toEqual([
      `error secret_in_table_field ${at(field)}.client_assertion: found a field that looks like a secret; secrets must not be stored in the table: use client_secret_env, client_secret_file or client_secret_arn; give what is no secret another name`,
    ]);
  });

  it('is raised by a field of ours that is spelt otherwise, and not by one that nobody knows', () => {
    expect(oauthProblems({ clientId: 'v1', 'x-a': 1, scope: 'v2', hint: 'v3' })).toEqual([
      `error unknown_field ${at('clientId')}: found the unknown field "clientId"; did you mean "client_id"?`,
      `error unknown_field ${at('scope')}: found the unknown field "scope"; did you mean "scopes"?`,
      `warning unknown_field ${at('hint')}: found the unknown field "hint"; it is ignored`,
    ]);
  });
});

describe('a declaration that lacks half', () => {
  const [client_id, authorize_url, token_url] = ['c', 'https://x.test/a', 'https://x.test/t'];
  const withoutClient = `error missing_field ${at('client_id')}: found token_url without client_id; nothing can be asked without it: add it`;
  const forImports = `warning missing_field ${at('authorize_url')}: found token_url without authorize_url; no user can connect until you add it, only imported tokens work`;

  it.each<[Record<string, unknown>, string[]]>([
    [{ client_id, token_url }, [forImports]],
    [{ authorize_url, token_url }, [withoutClient]],
    [{ token_url, authorize_url: null }, [withoutClient, forImports]],
  ])('%# has a problem, and none once the fields that it names are added', (fields, problems) => {
    expect(oauthProblems(fields)).toEqual(problems);
    expect(oauthProblems({ ...fields, client_id, authorize_url })).toEqual([]);
  });

  it.each([
    [{ authorize_url }],
    [{ client_id }],
    [{ client_id, authorize_url }],
    [{ issuer: 'https://x.test' }],
  ])('but can be completed by discovery is read: %j', (fields) => {
    expect(oauthProblems(fields)).toEqual([]);
  });

  it('is warned of a client secret that nothing can use, and not once that is corrected', () => {
    const secret = { client_secret_env: 'SECRET' };
    expect(oauthProblems(secret)).toEqual([
      `warning missing_field ${at('client_id')}: found a client secret without client_id; add it, or the secret is not used`,
    ]);
    expect(oauthProblems({ ...secret, client_id })).toEqual([
      `warning missing_field ${at('issuer')}: found a client secret without issuer; no user can connect until you add it, as the secret is sent to no other server`,
    ]);
    expect(oauthProblems({ ...secret, client_id, issuer: 'https://x.test' })).toEqual([]);
    expect(oauthProblems({ ...secret, client_id, authorize_url, token_url })).toEqual([]);
  });
});

describe('an empty text', () => {
  const whole = { client_id: 'c', authorize_url: 'https://x.test/a', token_url: 'https://x.test/t' };

  it.each(['client_secret', 'redirect_uri', 'provider'])('is as if %s were absent', (field) => {
    for (const value of ['', '${NOT_SET:-}', '${EMPTY}']) {
      const fields = { ...whole, [field]: value };
      expect(oauthProblems(fields, { EMPTY: '' })).toEqual([]);
      expect(oauth(fields, { EMPTY: '' })).toEqual(oauth(whole));
    }
  });

  it('beside a reference to the client secret is no second secret', () => {
    const fields = { ...whole, client_secret: '${NOT_SET:-}', client_secret_env: 'SECRET' };
    expect(oauthProblems(fields)).toEqual([]);
    expect(oauth(fields)?.clientSecret).toEqual({ kind: 'env', name: 'SECRET' });
  });

  it.each(['client_id', 'token_url', 'issuer'])('is an error in %s', (field) => {
    expect(oauthProblems({ ...whole, [field]: '' })).toHaveLength(1);
  });
});

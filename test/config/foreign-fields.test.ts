/** Fields of other programs, each with what is said of it and the declaration that the message asks for. */
import { describe, expect, it } from 'vitest';
import { entry, entryProblems, oauthProblems } from './documents';

const url = 'https://mcp.example.com/mcp';
const [authorize_url, token_url] = ['https://auth.example.com/authorize', 'https://auth.example.com/token'];
const whole = { client_id: 'c', authorize_url, token_url };
const unknown = (field: string) =>
  `mcpServers.demo.${field}: found the unknown field "${field.split('.').at(-1)}"; `;

const CHOOSE_TYPE =
  'write "auth_type": "oauth2" if users authorize, "static" if they share credentials, or "none"';
const SAYS_NO = 'it says that no user authorizes: leave it out, or write "auth_type": "none"';
const OTHER_GRANT =
  'only "authorization_code" is used: leave it out, or declare "auth_type": "static" if no user authorizes';
const PKCE_OFF = 'write "pkce": "off" in "oauth_config", or leave it out for "S256"';
const AUTH_METHOD =
  'write "token_endpoint_auth_method" in "oauth_config": "client_secret_post", "client_secret_basic" or "none"';
const METADATA_URL = 'write as "issuer" in "oauth_config" the issuer that this document names';

type Fields = Record<string, unknown>;
const configured = (fields: Fields): Fields => ({ url, oauth_config: fields });

/** Fields with which another program sets up its client, what is said of them, and the entry that this asks for. */
const settings: [Fields, string, Fields][] = [
  [{ grant_type: 'client_credentials' }, OTHER_GRANT, { url, auth_type: 'static' }],
  [{ oauth2_flow: 'client_credentials' }, OTHER_GRANT, { url, auth_type: 'static' }],
  [{ grant_types: ['client_credentials'] }, OTHER_GRANT, { url, auth_type: 'static' }],
  [{ usePKCE: false }, PKCE_OFF, configured({ pkce: 'off' })],
  [{ disablePkce: true }, PKCE_OFF, configured({ pkce: 'off' })],
  [{ code_challenge_method: 'plain' }, PKCE_OFF, configured({})],
  [
    { token_exchange_method: 'basic_auth_header' },
    AUTH_METHOD,
    configured({ token_endpoint_auth_method: 'client_secret_basic' }),
  ],
  [
    { token_endpoint_auth_methods_supported: ['none'] },
    AUTH_METHOD,
    configured({ token_endpoint_auth_method: 'none' }),
  ],
  [{ authServerMetadataUrl: `${url}/m` }, METADATA_URL, configured({ issuer: url })],
  [{ discoveryUrl: `${url}/m` }, METADATA_URL, configured({ issuer: url })],
  [
    { redirect_uris: [url] },
    'write one of them as "redirect_uri" in "oauth_config"',
    configured({ redirect_uri: url }),
  ],
  [
    { audience: 'a' },
    'write it in "authorize_params" of "oauth_config", as "audience"',
    configured({ authorize_params: { audience: 'a' } }),
  ],
  [
    { audiences: ['a'] },
    'write one of them in "authorize_params" of "oauth_config", as "audience"',
    configured({ authorize_params: { audience: 'a' } }),
  ],
  [{ oauth_resource: url }, 'did you mean "resource"?', configured({ resource: url })],
  [{ scope_delimiter: ',' }, 'did you mean "scope_separator"?', configured({ scope_separator: ',' })],
];

describe('a field of an entry under another name', () => {
  it.each<[Record<string, unknown>, string, string, Record<string, unknown>]>([
    [{ serverUrl: url }, 'serverUrl', 'did you mean "url"?', { url }],
    [{ URL: url }, 'URL', 'did you mean "url"?', { url }],
    [{ endpoint: url }, 'endpoint', 'did you mean "url"?', { url }],
    [{ uri: url }, 'uri', 'did you mean "url"?', { url }],
    [{ httpUrl: url }, 'httpUrl', 'write "url", and "type": "http"', { url, type: 'http' }],
    [{ httpUrl: url, type: 'http' }, 'httpUrl', 'did you mean "url"?', { url, type: 'http' }],
    [
      { url, transportType: 'http' },
      'transportType',
      'did you mean "transport"?',
      { url, transport: 'http' },
    ],
    [
      { url, transport_type: 'http' },
      'transport_type',
      'did you mean "transport"?',
      { url, transport: 'http' },
    ],
    [{ url, authType: 'none' }, 'authType', 'did you mean "auth_type"?', { url, auth_type: 'none' }],
    [{ url, cloudId: '1' }, 'cloudId', 'did you mean "cloud_id"?', { url, cloud_id: '1' }],
    [{ url, extraConfig: {} }, 'extraConfig', 'did you mean "extra_config"?', { url, extra_config: {} }],
    [{ url, oauthConfig: {} }, 'oauthConfig', 'did you mean "oauth_config"?', { url, oauth_config: {} }],
    [
      { url, oauth: { clientId: 'c' } },
      'oauth',
      'did you mean "oauth_config"?',
      { url, oauth_config: { client_id: 'c' } },
    ],
    [
      { url, client_id: 'c' },
      'client_id',
      'write it in "oauth_config", as "client_id"',
      { url, oauth_config: { client_id: 'c' } },
    ],
    [
      { url, scope: 'a' },
      'scope',
      'write it in "oauth_config", as "scopes"',
      { url, oauth_config: { scopes: 'a' } },
    ],
    [
      { url, requiresOAuth: true },
      'requiresOAuth',
      'write "auth_type": "oauth2" if users authorize, "static" if they share credentials, or "none"',
      { url, auth_type: 'oauth2' },
    ],
    [{ url, auth: 'bearer', oauth_config: {} }, 'auth', CHOOSE_TYPE, { url, auth_type: 'static' }],
    [{ url, requiresOAuth: false, oauth_config: {} }, 'requiresOAuth', SAYS_NO, { url, auth_type: 'none' }],
    [{ url, oauth: false, auth_type: 'oauth2' }, 'oauth', SAYS_NO, { url, auth_type: 'none' }],
    [{ url, auth: 'none', auth_type: 'oauth2' }, 'auth', SAYS_NO, { url, auth_type: 'none' }],
    [{ cmd: 'npx' }, 'cmd', 'did you mean "command"?', { command: 'npx' }],
    ...settings.map(([fields, hint, corrected]): [Fields, string, string, Fields] => [
      { url, auth_type: 'oauth2', ...fields },
      Object.keys(fields)[0] ?? '',
      hint.replace(/^did you mean (.*)\?$/, 'write it in "oauth_config", as $1'),
      corrected,
    ]),
  ])('%# is an error, and read when it is written as the message says', (fields, field, hint, corrected) => {
    expect(entryProblems(fields)).toContain(`error unknown_field ${unknown(field)}${hint}`);
    expect(entryProblems(corrected)).toEqual([]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ serverUrl: 'https://other.test' }, 'it is ignored, as "url" is there'],
    [{ transportType: 'http', type: 'sse' }, 'it is ignored, as "type" is there'],
    [{ transportType: 'sse' }, 'it is ignored: that is the default'],
    [{ oauth: { clientId: 'c' }, oauth_config: {} }, 'it is ignored, as "oauth_config" is there'],
    [
      { client_id: 'd', oauth_config: { client_id: 'c' } },
      'it is ignored, as "oauth_config.client_id" is there',
    ],
    [{ auth: { a: 1 }, auth_type: 'static' }, 'it is ignored, as "auth_type" is there'],
    [{ client_id: 'c', auth_type: 'none' }, 'it is ignored, as "auth_type" is there'],
    [{ requiresOAuth: true }, 'it is ignored, as "auth_type" is there'],
    [
      { requiresOAuth: true, auth_type: undefined, oauth_config: {} },
      'it is ignored, as "oauth_config" is there',
    ],
    [{ auth: 'oauth', auth_type: undefined, oauth_config: {} }, 'it is ignored, as "oauth_config" is there'],
    [{ auth: false, auth_type: undefined }, 'it is ignored: write "auth_type": "none"'],
    [{ auth: 'None', auth_type: undefined }, 'it is ignored: write "auth_type": "none"'],
    [{ oauth: false, auth_type: 'none' }, 'it is ignored, as "auth_type" is there'],
    [{ oauth2_flow: 'authorization_code' }, 'it is ignored: that is the default'],
    [{ usePKCE: true }, 'it is ignored: that is the default'],
    [
      { resource: url, oauth_config: { resource: url } },
      'it is ignored, as "oauth_config.resource" is there',
    ],
    [{ resource: url, auth_type: 'static' }, 'it is ignored'],
    [{ prompt: 'Hello', auth_type: undefined }, 'it is ignored'],
    [{ secret: 'x' }, 'it is ignored'],
    [{ usePKCE: false, oauth_config: { pkce: 'off' } }, 'it is ignored, as "oauth_config.pkce" is there'],
    [{ cmd: 'npx' }, 'it is ignored, as "url" is there'],
    [{ displayName: 'Demo' }, 'did you mean "display_name"?'],
  ])('%# changes nothing, so that it is a warning', (fields, hint) => {
    const [field = ''] = Object.keys(fields);
    expect(entryProblems(entry(fields))).toEqual([`warning unknown_field ${unknown(field)}${hint}`]);
  });

  it('that is null is as if it were absent', () => {
    expect(entryProblems(entry({ disabled: null }))).toEqual([
      `warning unknown_field ${unknown('disabled')}it is ignored`,
    ]);
  });
});

describe('a field of oauth_config under another name', () => {
  it.each<[string, unknown, string]>([
    ['authorization_url', authorize_url, 'authorize_url'],
    ['authorizationUrl', authorize_url, 'authorize_url'],
    ['authorization_endpoint', authorize_url, 'authorize_url'],
    ['auth_url', authorize_url, 'authorize_url'],
    ['token_endpoint', token_url, 'token_url'],
    ['access_token_url', token_url, 'token_url'],
    ['clientID', 'c', 'client_id'],
    ['CLIENT_ID', 'c', 'client_id'],
    ['clientSecret', 'hunter2', 'client_secret'],
    ['clientSecretEnv', 'SECRET', 'client_secret_env'],
    ['scope', 'a b', 'scopes'],
    ['callback_url', url, 'redirect_uri'],
    ['redirectUri', url, 'redirect_uri'],
    ['redirect_url', url, 'redirect_uri'],
    ['tokenEndpointAuthMethod', 'none', 'token_endpoint_auth_method'],
    ['revocation_endpoint', url, 'revoke_url'],
    ['issuer_url', url, 'issuer'],
    ['authorization_params', { a: 'b' }, 'authorize_params'],
  ])('is an error, and read when it is written as the message says: %s', (field, value, ours) => {
    const { [ours as keyof typeof whole]: _, ...rest } = whole;
    expect(oauthProblems({ ...rest, [field]: value })).toContain(
      `error unknown_field ${unknown(`oauth_config.${field}`)}did you mean "${ours}"?`,
    );
    expect(oauthProblems({ ...whole, [ours]: value })).toEqual([]);
    expect(oauthProblems({ ...whole, [ours]: value, [field]: value })).toEqual([
      `warning unknown_field ${unknown(`oauth_config.${field}`)}it is ignored, as "${ours}" is there`,
    ]);
  });

  it.each<[string, unknown, string, Fields]>([
    ...settings.map(([fields, hint, corrected]): [string, unknown, string, Fields] => {
      const [[field, value] = ['', undefined]] = Object.entries(fields);
      return [field, value, hint, corrected];
    }),
    [
      'enabled',
      false,
      'it switches OAuth off: write "auth_type": "none" or "enabled": false in the entry instead',
      { url, auth_type: 'none' },
    ],
    [
      'disabled',
      true,
      'it switches OAuth off: write "auth_type": "none" or "enabled": false in the entry instead',
      { url, oauth_config: whole, enabled: false },
    ],
    [
      'access_type',
      'offline',
      'write it in "authorize_params" of "oauth_config", as "access_type"',
      { url, oauth_config: { ...whole, authorize_params: { access_type: 'offline' } } },
    ],
  ])('is an error with a way out: %s', (field, value, hint, corrected) => {
    const problem = `error unknown_field ${unknown(`oauth_config.${field}`)}${hint}`;
    expect(oauthProblems({ ...whole, [field]: value })).toEqual([problem]);
    expect(entryProblems(corrected)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['pkceEnabled', true],
    ['code_challenge_method', 'S256'],
    ['grant_type', 'authorization_code'],
    ['grant_types', ['authorization_code', 'refresh_token']],
    ['disablePkce', false],
    ['enabled', true],
    ['disabled', false],
  ])('that asks for the default is a warning: %s, %j', (field, value) => {
    expect(oauthProblems({ ...whole, [field]: value })).toEqual([
      `warning unknown_field ${unknown(`oauth_config.${field}`)}it is ignored: that is the default`,
    ]);
  });

  it('is never shown with its value', () => {
    const fields = { secret: 'hunter2', ClientSecret: 'hunter2', app_secret: 'hunter2', auth_url: 'hunter2' };
    const problems = [...oauthProblems(fields), ...entryProblems(entry({ ...fields, oauth: 'hunter2' }))];
    expect(problems.length).toBeGreaterThan(5);
    expect(problems.join()).not.toContain('hunter2');
  });
});

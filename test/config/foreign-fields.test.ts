/** Fields of other programs, each with what is said of it and the declaration that the message asks for. */
import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { brief, document, entry, entryProblems, oauthProblems, parseEntry } from './documents';

const url = 'https://mcp.example.com/mcp';
const [authorize_url, token_url] = ['https://auth.example.com/authorize', 'https://auth.example.com/token'];
const whole = { client_id: 'c', authorize_url, token_url };
const unknown = (field: string) =>
  `mcpServers.demo.${field}: found the unknown field "${field.split('.').at(-1)}"; `;
const OFF = 'it switches the connection off: write "enabled": false instead';

describe('a field that switches a connection', () => {
  it.each<[string, unknown]>([
    ['disabled', true],
    ['disabled', 'true'],
    ['disabled', '${DISABLED:-false}'],
    ['Disabled', 1],
    ['isDisabled', true],
    ['disbaled', true],
    ['off', 'yes'],
    ['inactive', {}],
    ['paused', true],
    ['enable', false],
    ['Enabled', false],
    ['enabeld', 'false'],
    ['isActive', false],
    ['active', 'no'],
    ['active', '${ACTIVE}'],
    ['on', 0],
    ['state', 'disabled'],
    ['status', 'Inactive'],
  ])('off is an error: %s, %j', (field, value) => {
    expect(entryProblems(entry({ [field]: value }))).toEqual([`error unknown_field ${unknown(field)}${OFF}`]);
    expect(parseEntry(entry({ [field]: value })).connections.size).toBe(0);
  });

  it('off is what the message says when it is written so', () => {
    const parsed = parseEntry(entry({ enabled: false }));
    expect(parsed.problems).toEqual([]);
    expect(parsed.connections.get('demo')?.enabled).toBe(false);
  });

  it.each<[string, unknown]>([
    ['disabled', false],
    ['disabled', 'false'],
    ['isDisabled', 0],
    ['enable', true],
    ['active', 'yes'],
    ['state', 'connected'],
  ])('on is a warning that names the field: %s, %j', (field, value) => {
    expect(entryProblems(entry({ [field]: value }))).toEqual([
      `warning unknown_field ${unknown(field)}it is ignored: write "enabled" to switch the connection on or off`,
    ]);
    expect(parseEntry(entry({ [field]: value })).connections.get('demo')?.enabled).toBeNull();
  });

  it('off is a warning where ours says the same, and an error where it does not', () => {
    const severityOf = (enabled: unknown) =>
      parseEntry(entry({ disabled: true, enabled })).problems.map(({ severity }) => severity);
    expect([false, 'false', true, 'true'].map(severityOf)).toEqual([
      ['warning'],
      ['warning'],
      ['error'],
      ['error'],
    ]);
  });

  it('is found behind any number of fields that nobody knows', () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`unknown${index}`, 1]));
    const parsed = parseEntry(entry({ ...many, disabled: true }));
    expect([...parsed.rejected]).toEqual(['demo']);
    expect(parsed.problems).toHaveLength(22);
  });

  it('is listed twenty times at most, however often it is there', () => {
    const spelt = Array.from({ length: 5_000 }, (_, index) => [
      '_'.repeat(index % 50) + 'disabled' + '-'.repeat(index / 50),
      1,
    ]);
    const short = spelt.filter(([field]) => String(field).length < 60);
    const parsed = parseEntry(entry(Object.fromEntries(short)));
    expect(short.length).toBeGreaterThan(1_000);
    expect([parsed.rejected.size, parsed.problems.length]).toEqual([1, 20]);
  });

  it.each(['x-disabled', '// disabled'])('is not meant by a field of the host, %s', (field) => {
    expect(entryProblems(entry({ [field]: true }))).toEqual([]);
  });

  it('is of no concern to a local program, which is skipped', () => {
    expect(entryProblems({ command: 'npx', disabled: true })).toEqual([]);
  });
});

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
    [{ oauth: false }, 'it is ignored: write "auth_type": "none"'],
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
    ['code_challenge_method', 'off', 'pkce'],
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

  it.each<[string, unknown, string, Record<string, unknown>]>([
    [
      'grant_type',
      'client_credentials',
      'only "authorization_code" is used: leave it out, or declare "auth_type": "static" if no user authorizes',
      { url, auth_type: 'static' },
    ],
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
      'write it in "authorize_params", as "access_type"',
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

describe('the root of another program', () => {
  const servers = { demo: { url, auth_type: 'oauth2' } };

  it.each([
    'servers',
    'mcp',
    'mcp.servers',
    'mcp_servers',
    'context_servers',
    'amp.mcpServers',
    'extensions',
    'remotes',
  ])('is not read, and named: %s', (root) => {
    const parsed = parseConnections(broken({ version: 1, [root]: servers }));
    expect(parsed.readable).toBe(false);
    expect(parsed.problems.map(({ message }) => message)).toEqual([
      `found "${root}"; did you mean "mcpServers"?`,
    ]);
  });

  it('is read once it has our name', () => {
    expect(parseConnections(document(servers))).toMatchObject({ readable: true, problems: [] });
  });

  it.each([
    { mcp: { excluded: ['demo'] } },
    { mcp: { allowed: ['other'] } },
    { disabledMcpServers: ['demo'] },
    { enabledMcpjsonServers: ['other'] },
    { deniedMcpServers: [{ serverName: 'demo' }] },
  ])('that switches connections off makes the document unreadable: %j', (fields) => {
    const parsed = parseConnections(broken({ ...fields, nonsense: 1, mcpServers: servers }));
    const [field] = Object.keys(fields);
    expect(parsed.readable).toBe(false);
    expect(brief(parsed.problems)).toEqual([
      `error unknown_field ${field}: found the unknown field "${field}"; it switches connections off: write "enabled": false in their entries instead`,
    ]);
  });

  it.each([{ mcp: { timeout: 1 } }, { disabledMcpServers: [] }, { servers: {} }, { inputs: [] }])(
    'that switches nothing off is a warning: %j',
    (fields) => {
      const parsed = parseConnections(broken({ ...fields, mcpServers: servers }));
      expect(parsed.problems.map(({ severity, code }) => [severity, code])).toEqual([
        ['warning', 'unknown_field'],
      ]);
      expect([...parsed.connections.keys()]).toEqual(['demo']);
    },
  );
});

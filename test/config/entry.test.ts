import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { URL_OF_SERVER, document, entry, entryProblems, nothingDeclared, parseEntry } from './documents';

const demo = (fields: unknown, environment = {}) => parseEntry(fields, environment).connections.get('demo');

describe('an entry', () => {
  it('with a url alone has the defaults of the original service', () => {
    expect(parseEntry({ url: URL_OF_SERVER })).toMatchObject({
      rejected: new Set(),
      skipped: [],
      problems: [],
    });
    expect(demo({ url: URL_OF_SERVER })).toEqual({
      name: 'demo',
      displayName: 'Demo',
      description: 'Connect to demo',
      url: URL_OF_SERVER,
      transport: 'sse',
      authType: 'bond_jwt',
      iconUrl: null,
      enabled: null,
      extraConfig: {},
      oauth: null,
    });
  });

  it('with every field has them all', () => {
    const fields = {
      url: '${BASE}/mcp?tenant=1',
      transport: 'http',
      type: 'streamable-http',
      auth_type: 'oauth2',
      display_name: 'The ${WHAT:-Demo}',
      description: '',
      icon_url: 'https://example.com/icon.svg',
      enabled: '${ENABLED}',
      cloud_id: '${CLOUD}',
      site_url: 'https://site.example.com',
      extra_config: { region: '${REGION:-eu}', '${BASE}': [1, null, { deep: '$${BASE}' }] },
    };
    const environment = { BASE: 'https://base.example.com', ENABLED: 'false', CLOUD: 'c-1' };
    expect(parseEntry(fields, environment).problems).toEqual([]);
    expect(demo(fields, environment)).toEqual({
      name: 'demo',
      displayName: 'The Demo',
      description: '',
      url: 'https://base.example.com/mcp?tenant=1',
      transport: 'streamable-http',
      authType: 'oauth2',
      iconUrl: 'https://example.com/icon.svg',
      enabled: false,
      extraConfig: {
        region: 'eu',
        '${BASE}': [1, null, { deep: '${BASE}' }],
        cloud_id: 'c-1',
        site_url: 'https://site.example.com',
      },
      oauth: nothingDeclared,
    });
  });

  it('takes null and undefined for a field that is not there', () => {
    const nothing = {
      transport: null,
      enabled: undefined,
      extra_config: null,
      oauth_config: null,
      command: null,
    };
    expect(demo(entry(nothing))).toEqual(demo(entry()));
    expect(entryProblems(entry(nothing))).toEqual([]);
  });

  it.each([
    ['my_server', 'My Server'],
    ['my-server', 'My Server'],
    ['GitHub', 'GitHub'],
    ['éa__b', 'Éa B'],
    ['__', '__'],
  ])('named %s is displayed as %s', (name, displayName) => {
    const parsed = parseConnections(document({ [name]: entry() }));
    expect(parsed.connections.get(name)?.displayName).toBe(displayName);
  });

  it.each(['http', 'streamable-http', 'streamable_http', 'streamableHttp'])(
    'may call its transport %s',
    (word) => {
      expect(demo(entry({ type: word }))?.transport).toBe('streamable-http');
      expect(demo(entry({ transport: word }))?.transport).toBe('streamable-http');
    },
  );

  it('may not say two transports', () => {
    expect(entryProblems(entry({ type: 'http', transport: 'sse' }))).toEqual([
      'error invalid_value mcpServers.demo.transport: found "sse" here and "streamable-http" in type; the two must agree, or one be left out',
    ]);
  });

  it.each([
    [true, true],
    [false, false],
    ['true', true],
    ['false', false],
  ])('with enabled %j is enabled: %j', (enabled, expected) => {
    expect(demo(entry({ enabled }))?.enabled).toBe(expected);
  });

  it('prefers its own cloud_id over the one in extra_config, and says so', () => {
    const fields = entry({ cloud_id: 'outer', extra_config: { cloud_id: 'inner' } });
    expect(demo(fields)?.extraConfig).toEqual({ cloud_id: 'outer' });
    expect(entryProblems(fields)).toEqual([
      'warning invalid_value mcpServers.demo.cloud_id: found another cloud_id in extra_config; this one is taken',
    ]);
  });

  it.each<[unknown, string]>([
    [5, 'invalid_type mcpServers.demo: found a number; it must be an object'],
    [[], 'invalid_type mcpServers.demo: found a list of 0 items; it must be an object'],
    [null, 'invalid_type mcpServers.demo: found null; it must be an object'],
    [new Map(), 'invalid_type mcpServers.demo: found an object of a class; it must be an object'],
    [
      {},
      'missing_field mcpServers.demo.url: found no url; a remote connection needs one, an http or https URL',
    ],
    [entry({ url: 7 }), 'invalid_type mcpServers.demo.url: found a number; it must be text'],
    [
      entry({ transport: 'websocket' }),
      'invalid_value mcpServers.demo.transport: found "websocket"; allowed are "sse", "streamable-http", "http", "streamable_http", "streamableHttp"',
    ],
    [
      entry({ auth_type: '${AUTH}' }),
      'invalid_value mcpServers.demo.auth_type: found "${AUTH}"; allowed are "oauth2", "bond_jwt", "static", "none"',
    ],
    [
      entry({ auth_type: 3 }),
      'invalid_value mcpServers.demo.auth_type: found 3; allowed are "oauth2", "bond_jwt", "static", "none"',
    ],
    [
      entry({ enabled: 'yes' }),
      'invalid_value mcpServers.demo.enabled: found "yes"; allowed are true and false',
    ],
    [entry({ enabled: 1 }), 'invalid_value mcpServers.demo.enabled: found 1; allowed are true and false'],
    [
      entry({ display_name: '' }),
      'invalid_value mcpServers.demo.display_name: found an empty text; give it a value or leave the field out',
    ],
    [
      entry({ display_name: ['x'] }),
      'invalid_type mcpServers.demo.display_name: found a list of 1 item; it must be text',
    ],
    [
      entry({ description: '${NONE} ${B} ${NONE}' }),
      'missing_variable mcpServers.demo.description: found no value for the variables "NONE", "B"; set it, or give a default as in ${NAME:-default}',
    ],
    [
      entry({ description: 'a\0' }),
      'invalid_text mcpServers.demo.description: found a NUL character; texts must not contain one',
    ],
    [
      entry({ cloud_id: '\ud800' }),
      'invalid_text mcpServers.demo.cloud_id: found a lone surrogate; texts must be well-formed Unicode',
    ],
    [
      entry({ description: 'x'.repeat(16_001) }),
      'too_large mcpServers.demo.description: found a text of 16001 characters; at most 16000 characters are allowed',
    ],
  ])('%# with an error is rejected and says why', (fields, problem) => {
    const parsed = parseEntry(fields, { AUTH: 'hunter2' });
    expect(entryProblems(fields, { AUTH: 'hunter2' })).toEqual([`error ${problem}`]);
    expect(parsed).toMatchObject({
      connections: new Map(),
      rejected: new Set(['demo']),
      skipped: [],
      readable: true,
    });
  });

  it('has all its errors reported at once', () => {
    const fields = { auth_type: 'oauth', url: 'x', enabled: 'no', oauth_config: { pkce: 'plain' } };
    expect(parseEntry(fields).problems.map(({ path }) => path)).toEqual([
      'mcpServers.demo.auth_type',
      'mcpServers.demo.url',
      'mcpServers.demo.enabled',
      'mcpServers.demo.oauth_config.pkce',
    ]);
  });

  it('with oauth_config and no auth_type is of type oauth2', () => {
    const fields = { url: URL_OF_SERVER, oauth_config: { client_id: 'client-1' } };
    expect(entryProblems(fields)).toEqual([]);
    expect(demo(fields)).toMatchObject({ authType: 'oauth2', oauth: { clientId: 'client-1' } });
    expect(demo({ ...fields, auth_type: null })).toEqual(demo(fields));
    expect(demo({ url: URL_OF_SERVER, oauth_config: null })).toMatchObject({
      authType: 'bond_jwt',
      oauth: null,
    });
  });

  it('with oauth_config but another auth_type is warned of, and its oauth_config not looked at', () => {
    const fields = entry({ auth_type: 'static', oauth_config: { pkce: 5, nonsense: 1 } });
    expect(demo(fields)).toMatchObject({ authType: 'static', oauth: null });
    expect(entryProblems(fields)).toEqual([
      'warning invalid_value mcpServers.demo.oauth_config: found oauth_config with auth_type "static"; it is ignored unless auth_type is "oauth2"',
    ]);
  });

  it('with unknown fields is warned of, by their names alone', () => {
    expect(
      entryProblems(
        entry({ displayName: 'v1', nonsense: 'v2', 'x-note': 1, '// why': 1, headers: { a: '${NONE}' } }),
      ),
    ).toEqual([
      'warning unknown_field mcpServers.demo.displayName: found the unknown field "displayName"; did you mean "display_name"?',
      'warning unknown_field mcpServers.demo.nonsense: found the unknown field "nonsense"; it is ignored',
    ]);
  });

  it('takes an empty text for an icon, a site and an id that are not there', () => {
    const nothing = { icon_url: '', cloud_id: '${NOT_SET:-}', site_url: '${EMPTY}' };
    expect(entryProblems(entry(nothing), { EMPTY: '' })).toEqual([]);
    expect(demo(entry(nothing), { EMPTY: '' })).toEqual(demo(entry()));
  });

  it('may have fields for the program that uses the tools', () => {
    expect(entryProblems(entry({ allowed_tools: ['search'], timeout: 30, headers: {} }))).toEqual([]);
  });

  it('with thousands of unknown fields has twenty of them named', () => {
    const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`unknown${index}`, 1]));
    const problems = entryProblems(entry(unknown));
    expect(problems.length).toBe(21);
    expect(problems[20]).toBe(
      'warning unknown_field mcpServers.demo: found 4980 more unknown fields; they are ignored',
    );
  });
});

describe('a local program', () => {
  it.each([
    [
      { command: 'npx', args: ['${NONE}'], env: { A: '${NONE}' }, nonsense: 1 },
      'it runs a local program: it has "command"',
    ],
    [
      { command: 'npx', url: 'x' },
      'it runs a local program: it has "command", and its "url" is not looked at',
    ],
    [{ type: 'stdio', auth_type: 'nonsense' }, 'it runs a local program: its type is "stdio"'],
    [
      { command: 'npx', args: ['-y', 'mcp-remote@latest', 'https://hunter2.test/mcp'] },
      'it runs a local program: it has "command"; it runs mcp-remote: declare the address that it connects to as "url", without "command"',
    ],
    [
      { command: ['mcp-remote', 'https://hunter2.test/mcp'] },
      'it runs a local program: it has "command"; it runs mcp-remote: declare the address that it connects to as "url", without "command"',
    ],
    [{ command: 'npx', args: ['mcp-remote'] }, 'it runs a local program: it has "command"'],
    [{ command: 'npx', args: ['https://a.b'] }, 'it runs a local program: it has "command"'],
    [{ transport: 'stdio' }, 'it runs a local program: its transport is "stdio"'],
  ])('%# is skipped, and nothing of it judged', (fields, reason) => {
    expect(parseEntry(fields)).toEqual({
      connections: new Map(),
      rejected: new Set(),
      skipped: [{ name: 'demo', reason }],
      problems: [],
      authTypes: ['oauth2'],
      readable: true,
    });
  });
});

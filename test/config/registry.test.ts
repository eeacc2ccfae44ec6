import { describe, expect, it } from 'vitest';
import { parseConnections, ParsedConnections } from '../../src/config/parse';
import type { ConnectionRegistry } from '../../src/config/registry';
import { connectionRegistry } from '../../src/config/registry';
import { ConnectionsError } from '../../src/errors';
import { document, entry } from './documents';

const parsed = parseConnections(
  document({
    slack: entry(),
    github: entry({ enabled: true }),
    off: entry({ enabled: false }),
    internal: entry({ auth_type: 'static' }),
    program: { command: 'npx' },
    bad: entry({ transport: 'x', oauth_config: { pkce: 1, nonsense: 1 } }),
  }),
);

async function failureOf(registry: ConnectionRegistry, name: string): Promise<[string, string]> {
  const error: unknown = await registry.get(name).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectionsError);
  const { code, message } = error as ConnectionsError;
  return [code, message];
}

describe('a registry over a declaration', () => {
  const registry = connectionRegistry(parsed);

  it('gives a connection by its name', async () => {
    expect(await registry.get('github')).toBe(parsed.connections.get('github'));
  });

  it('gives one that is switched off to a caller who allows that, and nothing else', async () => {
    expect(await registry.get('off', { allowDisabled: true })).toBe(parsed.connections.get('off'));
    for (const options of [undefined, {}, { allowDisabled: undefined }, { allowDisabled: false }]) {
      await expect(registry.get('off', options)).rejects.toMatchObject({ code: 'connection_disabled' });
    }
    for (const [name, code] of [
      ['bad', 'connection_rejected'],
      ['internal', 'connection_unknown'],
      ['nope', 'connection_unknown'],
    ] as const) {
      await expect(registry.get(name, { allowDisabled: true })).rejects.toMatchObject({ code });
    }
    const misspelled = registry.get('off', { allowDisabeld: true } as never);
    await expect(misspelled).rejects.toMatchObject({ code: 'option_invalid' });
  });

  it('lists the usable ones in the order of their names', async () => {
    expect((await registry.list()).map(({ name }) => name)).toEqual(['github', 'slack']);
  });

  it('gives each caller a list of its own', async () => {
    (await registry.list()).pop();
    expect((await registry.list()).length).toBe(2);
  });

  it.each([
    ['nonsense-name', 'connection_unknown', 'No connection "nonsense-name" is declared.'],
    ['gihub', 'connection_unknown', 'No connection "gihub" is declared. Did you mean "github"?'],
    ['GitHub', 'connection_unknown', 'No connection "GitHub" is declared. Did you mean "github"?'],
    ['__proto__', 'connection_unknown', 'No connection "__proto__" is declared.'],
    [
      'internal',
      'connection_unknown',
      'Connection "internal" has auth_type "static", so users cannot connect to it. Declare it with auth_type "oauth2".',
    ],
    [
      'program',
      'connection_unknown',
      'Entry "program" is not a connection: it runs a local program: it has "command".',
    ],
    [
      'off',
      'connection_disabled',
      'Connection "off" is disabled in its declaration. Set `enabled` there to use it.',
    ],
    [
      'bad',
      'connection_rejected',
      expect.stringMatching(
        /^The declaration of connection "bad" has errors: mcpServers\.bad\.transport: found "x"; .*; mcpServers\.bad\.oauth_config\.pkce: found 1; /,
      ),
    ],
  ])('says of %s why it cannot be used', async (name, code, message) => {
    expect(await failureOf(registry, name)).toEqual([code, message]);
  });

  it('names every entry with its status, so that what is disabled or rejected is not taken for undeclared', async () => {
    expect(await registry.names()).toEqual([
      { name: 'bad', status: 'rejected' },
      { name: 'github', status: 'usable' },
      { name: 'internal', status: 'skipped' },
      { name: 'off', status: 'disabled' },
      { name: 'program', status: 'skipped' },
      { name: 'slack', status: 'usable' },
    ]);
  });

  it('reads a document that is not parsed yet', async () => {
    const direct = connectionRegistry(document({ slack: entry() }));
    expect((await direct.list()).map(({ name }) => name)).toEqual(['slack']);
  });

  it('tells in its error which connection was asked for', async () => {
    const codes = await Promise.all(
      ['nope', 'off', 'bad'].map((name) => registry.get(name).catch((error) => error)),
    );
    expect(codes.map(({ code, connectionName }) => [code, connectionName])).toEqual([
      ['connection_unknown', 'nope'],
      ['connection_disabled', 'off'],
      ['connection_rejected', 'bad'],
    ]);
  });

  it('serves the kinds of connection that it is asked to', async () => {
    const wide = connectionRegistry(new ParsedConnections({ ...parsed, authTypes: ['oauth2', 'static'] }));
    expect((await wide.get('internal')).authType).toBe('static');
    expect((await wide.list()).map(({ name }) => name)).toEqual(['github', 'internal', 'slack']);
  });

  it('that could not be read says so, and lists nothing', async () => {
    const broken = connectionRegistry(parseConnections('{"mcp_servers": {}}'));
    expect(await failureOf(broken, 'github')).toEqual([
      'config_unreadable',
      'The document of the connections cannot be read: mcp_servers: found "mcp_servers"; did you mean "mcpServers"?',
    ]);
    expect(await broken.list()).toEqual([]);
    await expect(broken.names()).rejects.toMatchObject({ code: 'config_unreadable' });
  });
});

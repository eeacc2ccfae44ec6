/** Which endpoints and issuers are another connection's, and which an honest server may name. */
import { describe, expect, it } from 'vitest';
import type { ConnectionDefinition } from '../../src';
import { parseConnections } from '../../src/config/parse';
import {
  checkEndpoints,
  isIssuerOfAnother,
  serversBesides,
} from '../../src/connections/provider/server-checks';
import type { ServerMetadata } from '../../src/oauth/server-metadata';
import { declaration, entry } from '../setup/declarations';

const metadata = (issuer: string, changes: Partial<ServerMetadata> = {}): ServerMetadata => ({
  issuer,
  authorizeUrl: `${issuer}/authorize`,
  tokenUrl: `${issuer}/token`,
  revokeUrl: null,
  registrationUrl: null,
  registrationFault: null,
  supportsS256: true,
  requiresPushedRequests: false,
  takesClientMetadata: false,
  namesIssuer: false,
  authMethods: null,
  grantTypes: null,
  offersOfflineAccess: false,
  protectedResources: null,
  ...changes,
});

type Entries = Parameters<typeof declaration>[0];
type Found = Readonly<Record<string, ServerMetadata>>;

function definitionsOf(entries: Entries): ConnectionDefinition[] {
  const { connections, rejected } = parseConnections(declaration(entries));
  expect([...rejected]).toEqual([]);
  return [...connections.values()];
}

/** Whether a server may be used by the connection `own`, beside the others and what was discovered of them. */
function isTaken(entries: Entries, server: ServerMetadata, found: Found = {}): boolean {
  const definitions = definitionsOf(entries);
  const own = definitions.find(({ name }) => name === 'own') as ConnectionDefinition;
  try {
    checkEndpoints(server, serversBesides(own, definitions, new Map(Object.entries(found))));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'discovery_failed' });
    return false;
  }
}

const own = (oauth = {}) => entry({ url: 'https://own.test/mcp', oauth_config: oauth });
const other = (oauth = {}) => entry({ url: 'https://mcp.other.test/mcp', oauth_config: oauth });
const declared = {
  client_id: 'id',
  authorize_url: 'https://as.other.test/oauth/authorize',
  token_url: 'https://as.other.test/oauth/token',
};
const hostile = (changes: Partial<ServerMetadata>) => metadata('https://own.test', changes);

describe('A server', () => {
  it.each([
    'https://as.other.test/oauth/authorize',
    'https://as.other.test/oauth/%61uthorize',
    'https://as.other.test//oauth/authorize//',
    'https://as.other.test/OAuth/Authorize',
    'https://as.other.test./oauth/authorize',
    'https://as.other.test:443/oauth/authorize;x=1',
    'http://as.other.test/oauth/authorize?prompt=none',
    'https://as.other.test/oauth/authorize%20',
    'https://as.other.test/oauth/x/../authorize',
    'https://as.other.test/x/..;/oauth/authorize',
    'https://as.other.test/oauth/.;/authorize',
    'https://as.other.test/x%2F..%2Foauth%5Cauthorize',
  ])('may not send users to another one, however it spells it: %s', (authorizeUrl) => {
    expect(isTaken({ own: own(), other: other(declared) }, hostile({ authorizeUrl }))).toBe(false);
  });

  it.each(['tokenUrl', 'revokeUrl', 'registrationUrl'] as const)(
    'may not name the token endpoint of another as its %s',
    (field) => {
      const server = hostile({ [field]: 'https://as.other.test/oauth/token' });
      expect(isTaken({ own: own(), other: other(declared) }, server)).toBe(false);
    },
  );

  it('may not do so where the other has not been discovered, and declares an issuer or an authorization endpoint', () => {
    const authorizeUrl = 'https://as.other.test/oauth/authorize';
    const issuer = other({ issuer: 'https://as.other.test/oauth' });
    expect(isTaken({ own: own(), other: issuer }, hostile({ authorizeUrl }))).toBe(false);
    const endpoint = other({ authorize_url: authorizeUrl });
    expect(isTaken({ own: own(), other: endpoint }, hostile({ authorizeUrl }))).toBe(false);
    const silent = other();
    const atMcp = hostile({ authorizeUrl: 'https://mcp.other.test/authorize' });
    expect(isTaken({ own: own(), other: silent }, atMcp)).toBe(false);
  });

  it('may not do so although its own issuer is declared', () => {
    const entries = { own: own({ issuer: 'https://own.test', client_id: 'id' }), other: other() };
    const server = hostile({ authorizeUrl: 'https://as.other.test/authorize' });
    expect(isTaken(entries, server, { other: metadata('https://as.other.test') })).toBe(false);
  });

  it('may not do so although its MCP server is at the host of the other', () => {
    const entries = {
      own: own(),
      other: entry({
        url: 'https://own.test/other',
        oauth_config: { issuer: 'https://own.test', authorize_url: 'https://login.test/authorize' },
      }),
    };
    const server = metadata('https://evil.test', { authorizeUrl: 'https://login.test/authorize' });
    expect(isTaken(entries, server)).toBe(false);
  });

  it.each<[string, Entries, ServerMetadata, Found]>([
    [
      'below the issuer that another declares, and has an issuer of its own',
      { own: own(), other: other({ issuer: 'https://org.test', client_id: 'id' }) },
      metadata('https://org.test/oauth2/default'),
      {},
    ],
    [
      'the same as that of another, of which an older document is known',
      { own: own(), other: other() },
      metadata('https://as.test', { tokenUrl: 'https://as.test/v2/token' }),
      { other: metadata('https://as.test') },
    ],
    [
      'the same as one that is declared without an issuer, by an older address',
      {
        own: own(),
        drive: entry({ oauth_config: { ...declared, authorize_url: 'https://as.other.test/v1/auth' } }),
      },
      metadata('https://as.other.test', { tokenUrl: declared.token_url }),
      {},
    ],
    [
      'the same as one that is declared with a slash after its issuer, and other endpoints',
      { own: own(), other: other({ ...declared, issuer: 'https://as.other.test/' }) },
      metadata('https://as.other.test'),
      {},
    ],
    [
      'one of two at one host that share the endpoints of registration and revocation',
      { own: own(), other: other() },
      metadata('https://as.test/oauth2/a', {
        registrationUrl: 'https://as.test/oauth2/v1/clients',
        revokeUrl: 'https://as.test/oauth2/v1/revoke',
      }),
      {
        other: metadata('https://as.test/oauth2/b', {
          registrationUrl: 'https://as.test/oauth2/v1/clients',
          revokeUrl: 'https://as.test/oauth2/v1/revoke',
        }),
      },
    ],
    [
      'one whose clients are registered at the MCP server of another that has not been discovered',
      { own: own(), other: other() },
      metadata('https://as.test', { registrationUrl: 'https://mcp.other.test/register' }),
      {},
    ],
    [
      'one whose endpoints a document at a path of its own host claims',
      { own: own({ issuer: 'https://github.test/login/oauth', client_id: 'id' }), other: other() },
      metadata('https://github.test/login/oauth'),
      {
        other: metadata('https://github.test/evil', {
          authorizeUrl: 'https://github.test/login/oauth/authorize',
        }),
      },
    ],
    [
      'one of which nothing is declared, and whose endpoints a document elsewhere claims',
      { own: own(), other: other() },
      metadata('https://github.test/login/oauth'),
      {
        other: metadata('https://evil.test', { authorizeUrl: 'https://github.test/login/oauth/authorize' }),
      },
    ],
    [
      'one that is declared by its issuer, and whose endpoints another at its root claims',
      { own: own({ issuer: 'https://shared.test/a', client_id: 'id' }), other: other() },
      metadata('https://shared.test/a'),
      {
        other: metadata('https://shared.test', { authorizeUrl: 'https://shared.test/a/authorize' }),
      },
    ],
    [
      'at the host of an MCP server that has not been discovered, with everything it has',
      { own: own(), other: other() },
      metadata('https://mcp.other.test/tenant'),
      {},
    ],
  ])('is taken where it is %s', (_what, entries, server, found) => {
    expect(isTaken(entries, server, found)).toBe(true);
  });
});

describe('An issuer in a callback of a connection that declares none', () => {
  const isRefused = (entries: Entries, issuer: string, found: Found = {}) => {
    const definitions = definitionsOf(entries);
    const connection = definitions.find(({ name }) => name === 'own');
    const others = serversBesides(
      connection as ConnectionDefinition,
      definitions,
      new Map(Object.entries(found)),
    );
    return isIssuerOfAnother(issuer, connection as ConnectionDefinition, others);
  };
  const plain = {
    client_id: 'id',
    authorize_url: 'https://accounts.test/o/auth',
    token_url: 'https://api.accounts.test/token',
  };

  it.each<[string, Entries, string, Found]>([
    [
      'that another declares',
      { own: own(plain), other: other({ ...declared, issuer: 'https://issuer.test' }) },
      'https://issuer.test',
      {},
    ],
    [
      'that another declares, which is not yet discovered',
      { own: own(plain), other: other({ issuer: 'https://issuer.test' }) },
      'https://issuer.test',
      {},
    ],
    [
      'that was discovered for another',
      { own: own(plain), other: other() },
      'https://issuer.test/',
      { other: metadata('https://issuer.test') },
    ],
    [
      'at the host of the endpoints of another',
      { own: own(plain), other: other(declared) },
      'https://as.other.test',
      {},
    ],
    ['at the host of an MCP server', { own: own(plain), other: other() }, 'https://mcp.other.test', {}],
    [
      'at the host of its own MCP server, which another declares as its issuer',
      { own: own(plain), other: other({ issuer: 'https://own.test' }) },
      'https://own.test',
      {},
    ],
    [
      'that another tenant of the same host declares, though two connections are to its own',
      {
        own: own(plain),
        own2: other(plain),
        other: other({
          client_id: 'id',
          authorize_url: 'https://accounts.test/b/auth',
          token_url: 'https://accounts.test/b/token',
          issuer: 'https://accounts.test/b',
        }),
      },
      'https://accounts.test/b',
      {},
    ],
    [
      'that another tenant of the same host declares',
      {
        own: own(plain),
        other: other({
          client_id: 'id',
          authorize_url: 'https://accounts.test/b/auth',
          token_url: 'https://accounts.test/b/token',
          issuer: 'https://accounts.test/b',
        }),
      },
      'https://accounts.test/b',
      {},
    ],
  ])('is refused where it is one %s', (_what, entries, issuer, found) => {
    expect(isRefused(entries, issuer, found)).toBe(true);
  });

  it.each<[string, Entries, string]>([
    ['that nobody knows', { own: own(plain), other: other(declared) }, 'https://unknown.test'],
    [
      'that another connection to the same server declares, which has not been discovered',
      { own: own(plain), other: other({ client_id: 'id', issuer: 'https://accounts.test' }) },
      'https://accounts.test',
    ],
    ['that is no URL', { own: own(plain), other: other(declared) }, 'accounts'],
    [
      'at its own host, where another server is that declares no issuer either',
      {
        own: own(plain),
        other: other({
          client_id: 'id',
          authorize_url: 'https://accounts.test/b/auth',
          token_url: 'https://accounts.test/b/token',
        }),
      },
      'https://accounts.test',
    ],
    ['at its own host', { own: own(plain), other: other(declared) }, 'https://accounts.test'],
    [
      'that another connection to the same server declares, by another address',
      {
        own: own(plain),
        gmail: other({
          ...plain,
          authorize_url: 'https://accounts.test/o/v2/auth',
          issuer: 'https://accounts.test',
        }),
      },
      'https://accounts.test',
    ],
  ])('is taken where it is one %s', (_what, entries, issuer) => {
    expect(isRefused(entries, issuer)).toBe(false);
  });
});

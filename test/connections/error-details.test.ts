/** Every error of `Connections` has the details that its code promises, whichever method it leaves. */
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConnectionsOptions } from '../../src';
import {
  ConnectionConfig,
  Connections,
  ConnectionsError,
  connectionRegistry,
  syncConnectionConfigs,
  tableRegistry,
} from '../../src';
import type { DetailsByCode } from '../../src/error-codes';
import { createTestDataSource } from '../../src/testing';
import { broken } from '../setup/broken';
import { keyOf } from '../setup/connected';

const oauth = {
  client_id: 'id',
  client_secret: 'secret',
  authorize_url: 'https://as.test/authorize',
  token_url: 'https://as.test/token',
};
const url = 'https://api.test/mcp';
const document = broken({
  mcpServers: {
    plain: { url, oauth_config: oauth },
    named: { url, oauth_config: { ...oauth, issuer: 'https://as.test' } },
    off: { url, oauth_config: oauth, enabled: false },
    wrong: { url: 'ftp://api.test', oauth_config: oauth },
    sealed: { url, oauth_config: { ...oauth, client_secret: undefined, client_secret_env: 'NOT_SET_HERE' } },
    found: { url: 'https://mcp.test/mcp', auth_type: 'oauth2' },
    shared: { url, auth_type: 'static' },
  },
});

const metadata = {
  issuer: 'https://mcp.test',
  authorization_endpoint: 'https://mcp.test/authorize',
  token_endpoint: 'https://mcp.test/token',
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
};

let dataSource: DataSource;
const made: Connections[] = [];
/** What servers answer, by the beginning of the URL; anything else is not found. */
let answers: Record<string, () => Response> = {};

beforeAll(async () => {
  dataSource = await createTestDataSource();
});
afterAll(async () => {
  for (const connections of made) await connections.close();
  await dataSource.destroy();
});

function connectionsWith(options: Partial<ConnectionsOptions> = {}, registry = connectionRegistry(document)) {
  const fetch = async (address: string) => {
    const [, answer] = Object.entries(answers).find(([start]) => address.startsWith(start)) ?? [];
    return answer?.() ?? new Response('', { status: 404 });
  };
  const connections = new Connections(
    { dataSource, registry },
    {
      keys: `k1:${keyOf('a')}`,
      publicUrl: 'https://host.test',
      fetch,
      discoveryFetch: fetch,
      logger: quiet,
      ...options,
    },
  );
  made.push(connections);
  return connections;
}
const quiet = { warn: () => undefined, error: () => undefined };

/** A call of the API as a user of their own, whose token lives. */
async function called(init?: RequestInit) {
  const connections = connectionsWith();
  const userId = `user who calls ${made.length}`;
  await connections.importTokens(userId, 'plain', { accessToken: 'at', refreshToken: 'rt' }, account);
  return connections.fetchFor(userId, 'plain', account)(url, init);
}

/** A flow of `ada` that comes back with these parameters. */
async function completed(
  name: string,
  parameters: Record<string, string>,
  ending?: Connections,
  route = name,
) {
  const connections = connectionsWith();
  const wanted = { account: 'work', returnTo: '/settings' };
  const { authorizationUrl } = await connections.authorize('ada', name, wanted);
  const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
  const query = new URLSearchParams({ ...parameters, state }).toString();
  return (ending ?? connections).complete(`/connections/${route}/callback?${query}`, { userId: 'ada' });
}

/** Over a registry of the host's own, whose connections have no client. */
function connectionsWithoutOAuth() {
  const registry = connectionRegistry(document);
  const get = async (name: string) => ({
    ...(await registry.get(name)),
    oauth: null,
    authType: 'static' as const,
  });
  return connectionsWith({}, { ...registry, get });
}

function connectionsWithoutClient() {
  const registry = connectionRegistry(document);
  const get = async (name: string) => {
    const definition = await registry.get(name);
    return { ...definition, oauth: definition.oauth && { ...definition.oauth, clientId: null } };
  };
  return connectionsWith({}, { ...registry, get });
}

/** Tokens of a user of their own, which have expired. */
async function expired(name: string, tokens: object = {}, connections = connectionsWith()) {
  const past = new Date(Date.now() - 60_000);
  const given = { accessToken: 'at', refreshToken: 'rt', expiresAt: past, ...tokens };
  const userId = `user of ${name} ${made.length}`;
  await connections.importTokens(userId, name, given, { account: 'work' });
  return connections.getAccessToken(userId, name, { account: 'work' });
}

const token = (status: number, body: object) => ({
  'https://as.test/token': () => Response.json(body, { status }),
});
const account = { account: 'work' };
const fresh = { access_token: 'new', refresh_token: 'next', token_type: 'Bearer', expires_in: 3600 };
const tooFewScopes = () => {
  const challenge = 'Bearer error="insufficient_scope", scope="repo"';
  return new Response('', { status: 403, headers: { 'www-authenticate': challenge } });
};

/** What provokes each code; those that take a database or a race are tested where they belong. */
const provoke: Record<
  Exclude<keyof DetailsByCode, 'token_not_saved'>,
  (() => Promise<unknown>) | readonly (() => Promise<unknown>)[]
> = {
  connection_unknown: [
    () => connectionsWith().getAccessToken('ada', 'nope', account),
    () => connectionsWith().authorize('ada', 'nope', account),
    () => connectionsWith().importTokens('ada', 'nope', { accessToken: 'at' }, account),
  ],
  connection_disabled: () => connectionsWith().getAccessToken('ada', 'off', account),
  connection_rejected: () => connectionsWith().authorize('ada', 'wrong', account),
  connection_removed: async () => {
    const repo = dataSource.getRepository(ConnectionConfig);
    await syncConnectionConfigs(document, repo);
    await syncConnectionConfigs({ mcpServers: {} }, repo, { allowEmpty: true });
    return connectionsWith({}, tableRegistry(repo)).getAccessToken('ada', 'plain', account);
  },
  connection_not_oauth: [
    () => connectionsWithoutOAuth().authorize('ada', 'plain', account),
    () => connectionsWithoutOAuth().getAccessToken('ada', 'plain', account),
    () => connectionsWithoutOAuth().fetchFor('ada', 'plain', account)(url),
  ],
  connection_incomplete: [
    () => connectionsWithoutClient().authorize('ada', 'plain', account),
    () => expired('plain', {}, connectionsWithoutClient()),
  ],
  connection_changed: () => {
    const changed = { mcpServers: { plain: { url, oauth_config: { ...oauth, client_id: 'another' } } } };
    return completed('plain', { code: 'c' }, connectionsWith({}, connectionRegistry(changed)));
  },
  account_taken: async () => {
    const connections = connectionsWith();
    await connections.importTokens('one', 'plain', { accessToken: 'at' }, account);
    await connections.importTokens('two', 'plain', { accessToken: 'at' }, account);
    return connections.renameUser('one', 'two');
  },
  redirect_uri_mismatch: () => completed('plain', { code: 'c' }, undefined, 'named'),
  tokens_invalid: [
    () => connectionsWith().importTokens('ada', 'plain', { accessToken: '' }, account),
    () => connectionsWith().importTokens('ada', 'plain', { accessToken: 'at', tokenType: 'DPoP' }, account),
    () => connectionsWith().importTokens('ada', 'plain', { accessToken: 'a'.repeat(50_000) }, account),
    () => {
      answers = token(200, { access_token: 'at', token_type: 'DPoP' });
      return completed('plain', { code: 'c' });
    },
    () => {
      answers = token(200, { access_token: 'a'.repeat(50_000) });
      return expired('plain');
    },
  ],
  issuer_mismatch: () => completed('named', { code: 'c', iss: 'https://evil.test' }),
  authorization_denied: () => completed('plain', { error: 'access_denied' }),
  authorization_failed: [
    () => completed('plain', { error: 'server_error' }),
    () => {
      answers = token(400, { error: 'invalid_grant' });
      return completed('plain', { code: 'c' });
    },
  ],
  redirect_uri_unknown: () => connectionsWith({ publicUrl: undefined }).authorize('ada', 'plain', account),
  return_to_refused: () =>
    connectionsWith().authorize('ada', 'plain', { ...account, returnTo: 'https://evil.test' }),
  secret_unresolved: [() => completed('sealed', { code: 'c' }), () => expired('sealed')],
  address_refused: () => {
    const challenge = 'Bearer resource_metadata="http://10.0.0.1/resource"';
    answers = {
      'https://mcp.test/mcp': () =>
        new Response('', { status: 401, headers: { 'www-authenticate': challenge } }),
    };
    return connectionsWith().authorize('ada', 'found', account);
  },
  discovery_failed: [() => connectionsWith().authorize('ada', 'found', account), () => expired('found')],
  client_unregistered: () => {
    answers = { 'https://mcp.test/.well-known/oauth-authorization-server': () => Response.json(metadata) };
    return connectionsWith().authorize('ada', 'found', account);
  },
  not_connected: () => connectionsWith().getAccessToken('nobody', 'plain', account),
  reauthorization_required: [
    () => expired('plain', { refreshToken: null }),
    () => {
      answers = token(400, { error: 'invalid_grant' });
      return expired('plain');
    },
  ],
  insufficient_scope: [
    async () => connectionsWith().requireScopes('plain', tooFewScopes()),
    () => {
      answers = { [url]: tooFewScopes };
      return called();
    },
  ],
  token_refused: () => {
    answers = { ...token(200, fresh), [url]: () => new Response('', { status: 401 }) };
    return called();
  },
  body_not_replayable: [
    () => {
      answers = { ...token(200, fresh), [url]: () => new Response('', { status: 401 }) };
      return called({ method: 'POST', body: new Blob(['b']).stream(), duplex: 'half' });
    },
    () => {
      answers = { [url]: () => new Response('', { status: 307, headers: { location: '/other' } }) };
      return called({ method: 'POST', body: new Blob(['b']).stream(), duplex: 'half' });
    },
  ],
  provider_unavailable: [
    () => {
      answers = token(503, {});
      return completed('plain', { code: 'c' });
    },
    () => {
      answers = token(503, {});
      return expired('plain');
    },
    () => {
      answers = { 'https://mcp.test/': () => new Response('', { status: 503 }) };
      return connectionsWith().authorize('ada', 'found', account);
    },
  ],
  provider_refused: [
    () => {
      answers = token(400, { error: 'unauthorized_client' });
      return completed('plain', { code: 'c' });
    },
    () => {
      answers = token(400, { error: 'unauthorized_client' });
      return expired('plain');
    },
  ],
};

const promised: Record<Exclude<keyof DetailsByCode, 'token_not_saved'>, readonly string[]> = {
  connection_unknown: ['connectionName'],
  connection_disabled: ['connectionName'],
  connection_rejected: ['connectionName'],
  connection_removed: ['connectionName'],
  connection_not_oauth: ['connectionName'],
  connection_incomplete: ['connectionName', 'account'],
  connection_changed: ['connectionName', 'account', 'returnTo'],
  account_taken: ['connectionName', 'account'],
  redirect_uri_mismatch: ['connectionName', 'account', 'returnTo'],
  tokens_invalid: ['connectionName', 'account'],
  issuer_mismatch: ['connectionName', 'account', 'returnTo'],
  authorization_denied: ['connectionName', 'account', 'returnTo'],
  authorization_failed: ['connectionName', 'account', 'returnTo'],
  redirect_uri_unknown: ['connectionName', 'account'],
  return_to_refused: ['connectionName', 'account'],
  secret_unresolved: ['connectionName', 'account'],
  address_refused: ['connectionName', 'account'],
  discovery_failed: ['connectionName', 'account'],
  client_unregistered: ['connectionName', 'account'],
  not_connected: ['connectionName', 'account'],
  reauthorization_required: ['connectionName', 'account', 'reason'],
  insufficient_scope: ['connectionName', 'scopes'],
  token_refused: ['connectionName', 'account'],
  body_not_replayable: ['connectionName', 'account'],
  provider_unavailable: ['connectionName', 'account', 'retryAt'],
  provider_refused: ['connectionName', 'account'],
};

const cases = Object.entries(provoke).flatMap(([code, how]) =>
  (Array.isArray(how) ? how : [how]).map((work: () => Promise<unknown>, index) => ({ code, index, work })),
);

it.each(cases)('$code ($index) has the details that it promises', async ({ code, work }) => {
  answers = {};
  const error: unknown = await work().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectionsError);
  const { code: actual, ...rest } = error as ConnectionsError;
  expect([actual, (error as Error).message]).toEqual([code, expect.any(String)]);
  const names = promised[code as keyof typeof promised];
  const missing = names.filter((name) => (rest as Record<string, unknown>)[name] === undefined);
  expect(missing).toEqual([]);
  if (names.includes('account')) expect(rest.account).toBe('work');
});

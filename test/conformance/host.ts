/**
 * A host that uses an MCP server: this package for the user's tokens, the official SDK for the protocol. The official
 * conformance suite starts it once for each scenario. The last argument is the address of the suite's MCP server; the
 * suite's authorization server approves at once, so that one request stands for the user's browser.
 */
import { randomBytes } from 'node:crypto';
import type { FetchLike } from '@modelcontextprotocol/client';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Connections, MetadataStore, isConnectionsError, keyRing } from 'mcp-connections';

const USER = 'ada';
/** With the address of `clientMetadataUrl` below, the suite's name for a client that publishes its document. */
const SERVER = 'client-metadata';
/** MCP, "Step-Up Authorization Flow", wants a limit. */
const MOST_ATTEMPTS = 3;
/** What the suite sets: https://github.com/modelcontextprotocol/conformance. */
const { MCP_CONFORMANCE_PROTOCOL_VERSION: version = '', MCP_CONFORMANCE_CONTEXT: context = '{}' } =
  process.env;
const address = new URL(process.argv.at(-1) ?? '');

const store = await new MetadataStore({
  dataSource: { type: 'better-sqlite3', database: ':memory:' },
  config: {
    mcpServers: { [SERVER]: { url: address.href, type: 'http', auth_type: 'oauth2', ...registeredClient() } },
  },
}).initialize();
const connections = new Connections(store, {
  cipher: keyRing({ current: 'k1', keys: { k1: randomBytes(32) } }),
  publicUrl: 'http://localhost:3000',
  clientName: 'Conformance',
  clientMetadataUrl: 'https://conformance-test.local/{name}.json',
  trustedOrigins: localOrigins(),
});

const fetchAsUser = connections.fetchFor(USER, SERVER);

try {
  await useServer();
} finally {
  await connections.close();
  await store.close();
}

async function useServer(): Promise<void> {
  const mode = version >= '2026-07-28' ? 'auto' : 'legacy';
  const client = new Client({ name: 'host', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(address, { fetch: connectingFetch }));
  try {
    const { tools } = await client.listTools();
    for (const { name } of tools) await client.callTool({ name, arguments: {} });
    // A server may want another token from one request to the next.
    await client.listTools();
  } finally {
    await client.close();
  }
}

/** `fetch` as the user, who is asked where there is no token, or where it does not do. */
async function connectingFetch(...[input, init]: Parameters<FetchLike>): Promise<Response> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await fetchAsUser(input, init);
    } catch (error) {
      const isForUser = isConnectionsError(
        error,
        'not_connected',
        'reauthorization_required',
        'insufficient_scope',
      );
      if (!isForUser || attempts === MOST_ATTEMPTS) throw error;
      await connect(error.scopes);
    }
  }
}

async function connect(scopes?: readonly string[]): Promise<void> {
  const { authorizationUrl } = await connections.authorize(USER, SERVER, { scopes });
  const answer = await fetch(authorizationUrl, { redirect: 'manual' });
  const callback = answer.headers.get('location');
  if (callback === null)
    throw new Error(`The authorization endpoint answered ${answer.status}, not a redirect.`);
  await connections.complete(callback, { userId: USER });
}

/** What an operator declares of a client that was registered by hand; the suite says where there is one. */
function registeredClient(): object {
  const { client_id, client_secret, issuer } = JSON.parse(context) as Record<string, string>;
  if (client_id === undefined || client_secret === undefined) return {};
  process.env.CLIENT_SECRET = client_secret;
  return { oauth_config: { client_id, client_secret_env: 'CLIENT_SECRET', issuer } };
}

/** The suite's servers get their ports from the system. */
function localOrigins(): Record<string, string[]> {
  const ports = Array.from({ length: 65_535 - 1_024 }, (_, index) => 1_024 + index);
  return Object.fromEntries(ports.map((port) => [`http://localhost:${port}`, [SERVER]]));
}

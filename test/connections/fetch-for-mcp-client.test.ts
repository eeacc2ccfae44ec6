/** The official SDK's client with a `fetch` of `fetchFor`, at an MCP server behind a real authorization server. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src/connections/connections';
import { findConnectionsError } from '../../src/errors';
import type { AuthorizationServer } from '../setup/authorization-server';
import { failureOf } from '../setup/code-of';
import { ConnectedHost } from '../setup/connected';
import { startMcpAuthorization } from '../setup/mcp-authorization';
import { ProtectedMcpServer } from '../setup/mcp-server';

const cleanUps: (() => Promise<void>)[] = [];
const atEnd = (cleanUp: () => Promise<void>) => void cleanUps.push(cleanUp);
let server: AuthorizationServer;
let mcp: ProtectedMcpServer;
let connections: Connections;
beforeAll(async () => {
  const host = await ConnectedHost.open('sqlite', atEnd);
  const resources = new Set<string>();
  server = await startMcpAuthorization(resources);
  atEnd(() => server.stop());
  mcp = await ProtectedMcpServer.open(server, atEnd);
  resources.add(mcp.url);
  connections = host.connections(
    { publicUrl: 'https://api.example.test', trustedOrigins: { [server.issuer]: ['linear'] } },
    { mcpServers: { linear: { url: mcp.url, auth_type: 'oauth2' } } },
  );
});
afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
});

const connect = async (scopes: readonly string[] = []) => {
  const { authorizationUrl } = await connections.authorize('ada', 'linear', { scopes });
  await connections.complete(await server.visit(authorizationUrl), { userId: 'ada' });
};

it('is used from the first call on, past a token that is refused, to a tool that wants more', async () => {
  const told: string[] = [];
  const fetch = connections.fetchFor('ada', 'linear', { onConnectNeeded: ({ code }) => told.push(code) });
  const client = new Client({ name: 'host', version: '1.0.0' });
  const open = () => client.connect(new StreamableHTTPClientTransport(new URL(mcp.url), { fetch }));
  const write = () => client.callTool({ name: 'write_note' });
  const found = async (call: () => Promise<unknown>) => findConnectionsError(await failureOf(call))?.code;

  expect(await found(open)).toBe('not_connected');
  await connect();
  await open();
  const { accessToken } = await connections.getAccessToken('ada', 'linear');
  await server.forget(accessToken);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['write_note']);
  expect(server.refreshes).toBe(1);
  expect(await found(write)).toBe('insufficient_scope');
  await connect(['write']);
  expect(await write()).toMatchObject({ content: [{ text: 'written' }] });
  await connections.disconnect('ada', 'linear');
  expect(await found(write)).toBe('not_connected');
  expect(told).toEqual(['not_connected', 'insufficient_scope', 'not_connected']);
  await client.close();
});

/**
 * From the address of an MCP server alone to its tools, each step shown as it happens, with servers of this example's own
 * on 127.0.0.1. Run it with `npm run example:discovery`. No secret is printed.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  ConnectionClientRegistration,
  Connections,
  ConnectionsError,
  MetadataStore,
  UserConnectionToken,
  keyRing,
  loadConnections,
} from 'mcp-connections';
import type { AuthorizationServer } from '../test/setup/authorization-server';
import { startMcpAuthorization } from '../test/setup/mcp-authorization';
import { toolNames, withMcpClient } from '../test/setup/mcp-client';
import { ProtectedMcpServer } from '../test/setup/mcp-server';
import { Watch } from './discovery-watch';
import { say, show, showAddress, showRow, step } from './oauth-print';

const CONNECTION = 'linear';

const closing: (() => Promise<unknown>)[] = [];
try {
  const resources = new Set<string>();
  const server = await startMcpAuthorization(resources);
  closing.unshift(() => server.stop());
  const mcp = await ProtectedMcpServer.open(server, (close) => void closing.unshift(close));
  resources.add(mcp.url);
  await introduce(server, mcp);

  const store = await new MetadataStore({
    dataSource: { type: 'better-sqlite3', database: ':memory:' },
    config: { mcpServers: { [CONNECTION]: { url: mcp.url, type: 'http', auth_type: 'oauth2' } } },
  }).initialize();
  closing.unshift(() => store.close());
  const watch = new Watch();
  const connections = new Connections(store, {
    cipher: keyRing({ current: 'k1', keys: { k1: randomBytes(32) } }),
    publicUrl: 'https://api.example.test',
    clientName: 'Example host',
    trustedOrigins: { [server.issuer]: [CONNECTION] },
    fetch: watch.fetch,
  });
  closing.unshift(() => connections.close());
  watch.tellSteps(connections);

  await connect(connections, store, server);
  await useTools(connections, mcp);
  await connectSecondUser(connections, store, server);
  await widen(connections, server, mcp);
} finally {
  for (const close of closing) await close();
}

async function introduce(server: AuthorizationServer, mcp: ProtectedMcpServer) {
  const file = fileURLToPath(new URL('connections.json', import.meta.url));
  const declared = (await loadConnections({ file })).connections.get(CONNECTION);
  console.log(
    `\nOf ${CONNECTION}, connections.json declares ${declared?.url}, auth_type oauth2, and nothing else.`,
  );
  console.log('Two servers on this machine stand in for it:\n');
  show('MCP server', `${mcp.url} (made with @modelcontextprotocol/sdk)`);
  show('authorization server', `${server.issuer} (oidc-provider)`);
  say(
    'An MCP server may lead to public https addresses only. This example lists the authorization server in\n' +
      '  `trustedOrigins`; the MCP server itself is declared, which is enough.',
  );
}

async function connect(connections: Connections, store: MetadataStore, server: AuthorizationServer) {
  step(
    1,
    'Ada wants to connect. The address is asked without a token, and the rest follows from its answer.',
  );
  const { authorizationUrl } = await connections.authorize('ada', CONNECTION);

  step(2, 'Ada is sent to this address; `resource` says which MCP server the token is to be for (RFC 8707).');
  showAddress(authorizationUrl);

  step(3, 'She logs in and consents; here the example follows the redirects. The server sends her back:');
  const callback = await server.visit(authorizationUrl);
  showAddress(callback);
  say('`iss` has to be the server that she was sent to (RFC 9207).');

  step(4, 'The service turns the code into tokens, for the client that the flow began with.');
  await connections.complete(callback, { userId: 'ada' });
  say('What is kept, the tokens encrypted:');
  await showRow(store);
  const { issuer, scopes } = await store.dataSource
    .getRepository(UserConnectionToken)
    .findOneByOrFail({ userId: 'ada' });
  show('issuer', issuer ?? '');
  show('scopes', scopes ?? '');
}

async function useTools(connections: Connections, mcp: ProtectedMcpServer) {
  step(5, 'The token is for a header. The SDK’s client is given it, and asks the MCP server for its tools.');
  const { accessToken } = await connections.getAccessToken('ada', CONNECTION);
  show('tools', (await toolNames(mcp.url, accessToken)).join(' '));
}

async function connectSecondUser(
  connections: Connections,
  store: MetadataStore,
  server: AuthorizationServer,
) {
  step(6, 'Grace connects too. The MCP server is asked again, as it may want other scopes by now.');
  const before = server.registrations;
  const { authorizationUrl } = await connections.authorize('grace', CONNECTION);
  await connections.complete(await server.visit(authorizationUrl), { userId: 'grace' });
  const clients = await store.dataSource.getRepository(ConnectionClientRegistration).count();
  say('The client is the one that Ada’s flow registered; every replica with this database uses it.');
  show('registrations made', String(server.registrations - before));
  show('clients in the database', String(clients));
}

async function widen(connections: Connections, server: AuthorizationServer, mcp: ProtectedMcpServer) {
  step(7, 'Ada calls a tool for which her token lacks a scope; requireScopes() reads the answer 403.');
  const seen: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    connections.requireScopes(CONNECTION, response);
    return response;
  };
  const write = async () => {
    const { accessToken } = await connections.getAccessToken('ada', CONNECTION);
    const call = { name: 'write_note' };
    return withMcpClient(mcp.url, accessToken, (client) => client.callTool(call), seen);
  };
  const refused = await write().then(
    () => null,
    (error: unknown) => error,
  );
  if (!(refused instanceof ConnectionsError)) throw new Error('The tool should have been refused');
  show('code', refused.code);
  show('scopes', (refused.scopes ?? []).join(' '));

  say('authorize() with those scopes asks for them besides what Ada has granted:');
  const { authorizationUrl } = await connections.authorize('ada', CONNECTION, { scopes: refused.scopes });
  show('scope', new URL(authorizationUrl).searchParams.get('scope') ?? '');

  step(8, 'Ada allows that as well, and the tool does its work.');
  await connections.complete(await server.visit(authorizationUrl), { userId: 'ada' });
  console.log();
  show('write_note', JSON.stringify((await write()).content));
}

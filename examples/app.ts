/**
 * A service whose users connect to MCP servers on a page, everything on this machine: the service, its SQLite file, an authorization
 * server, and two MCP servers. Run it with `npm run example:app`, and open the address that it prints.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connections, MetadataStore } from 'mcp-connections';
import { startMcpAuthorization } from '../test/setup/mcp-authorization';
import { ProtectedMcpServer } from '../test/setup/mcp-server';
import { serve } from './app-service';

const port = Number(process.env['PORT'] ?? 3000);
const publicUrl = `http://localhost:${port}`;

const closing: (() => Promise<unknown>)[] = [];
const close = async () => {
  for (const each of closing.splice(0)) await each();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());

try {
  const servers = await startServers();
  const folder = await mkdtemp(join(tmpdir(), 'mcp-connections-app-'));
  closing.push(() => rm(folder, { recursive: true }));
  const store = await new MetadataStore({
    dataSource: { type: 'better-sqlite3', database: join(folder, 'app.sqlite') },
    config: {
      mcpServers: {
        notes: {
          url: servers.notes,
          auth_type: 'oauth2',
          description: 'What you wrote down, and where you left off',
        },
        wiki: { url: servers.wiki, auth_type: 'oauth2', description: 'The handbook of your team' },
      },
    },
  }).initialize();
  closing.unshift(() => store.close());
  const connections = new Connections(store, {
    keys: `k1:${randomBytes(32).toString('base64')}`,
    publicUrl,
    clientName: 'Example',
    // Only for this machine: it lets discovery ask a private address.
    trustedOrigins: { [servers.issuer]: ['notes', 'wiki'] },
  });
  closing.unshift(() => connections.close());
  const stop = await serve(connections, port);
  closing.unshift(stop);
  console.log(`Open ${publicUrl}\nEnd it with Ctrl+C.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  await close();
}

/** An authorization server that asks its user, and MCP servers that take its tokens. */
async function startServers() {
  const resources = new Set<string>();
  const authorization = await startMcpAuthorization(resources);
  closing.unshift(() => authorization.stop());
  authorization.decision = 'ask';
  const start = async (name: string, text: string) => {
    const tools = [{ name, scope: 'read', run: async () => text }];
    const server = await ProtectedMcpServer.open(authorization, (stop) => void closing.unshift(stop), tools);
    resources.add(server.url);
    return server.url;
  };
  return {
    issuer: authorization.issuer,
    notes: await start('read_notes', 'Buy oat milk. Call Grace about the compiler.'),
    wiki: await start('read_page', 'Deploys are on Tuesdays.'),
  };
}

/**
 * A service of NestJS whose users connect to an MCP server, everything on this machine: the service, its SQLite file, an authorization
 * server and the MCP server. Run it with `npm run example:nest`, and open the address that it prints. The service is in `src/`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPacked } from '../../scripts/packed-package';
import { startMcpAuthorization } from '../../test/setup/mcp-authorization';
import { ProtectedMcpServer } from '../../test/setup/mcp-server';

const here = import.meta.dirname;
console.log('Installing and building the service…');
installPacked([here]);
execFileSync(join(here, 'node_modules/.bin/tsc'), { cwd: here, stdio: 'inherit' });

const closing: (() => Promise<unknown>)[] = [];
const resources = new Set<string>();
const authorization = await startMcpAuthorization(resources);
closing.unshift(() => authorization.stop());
authorization.decision = 'ask';
const tool = {
  name: 'read_notes',
  scope: 'read',
  run: async () => 'Buy oat milk. Call Grace about the compiler.',
};
const notes = await ProtectedMcpServer.open(authorization, (stop) => void closing.unshift(stop), [tool]);
resources.add(notes.url);

const folder = await mkdtemp(join(tmpdir(), 'mcp-connections-nest-'));
closing.push(() => rm(folder, { recursive: true }));
const port = process.env['PORT'] ?? '3000';
const service = spawn(process.execPath, ['dist/main.js'], {
  cwd: here,
  stdio: 'inherit',
  env: {
    ...process.env,
    PORT: port,
    PUBLIC_URL: `http://localhost:${port}`,
    DATABASE: join(folder, 'app.sqlite'),
    CONNECTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    NOTES_URL: notes.url,
    ISSUER: authorization.issuer,
  },
});
// Ctrl+C is for every process of the terminal; this one waits for the service, which may still need the servers.
process.on('SIGINT', () => undefined);
process.once('SIGTERM', () => service.kill());
const [code] = (await once(service, 'exit')) as [number | null];
for (const close of closing) await close();
process.exitCode = code ?? 0;

/** The official SDK's example MCP server and its authorization server as they are published, in a process of their own. */
import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const SERVER = '@modelcontextprotocol/sdk/examples/server/simpleStreamableHttp.js';

type Child = ChildProcessByStdio<null, Readable, Readable>;

export interface SdkExample {
  /** Of the MCP server, which says `localhost` of itself. */
  readonly url: string;
  /** Origin of the authorization server. */
  readonly authorization: string;
}

/** With `--oauth-strict` it takes only tokens that were asked for with its own address as `resource`. */
export async function startSdkExample(atEnd: (cleanUp: () => Promise<void>) => void): Promise<SdkExample> {
  const [port, authPort] = [await freePort(), await freePort()];
  const script = createRequire(import.meta.url).resolve(SERVER);
  const child = spawn(process.execPath, [script, '--oauth', '--oauth-strict'], {
    env: { ...process.env, MCP_PORT: String(port), MCP_AUTH_PORT: String(authPort) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  atEnd(async () => {
    child.kill();
    await exit;
  });
  await listening(child, [port, authPort]);
  return { url: `http://localhost:${port}/mcp`, authorization: `http://localhost:${authPort}` };
}

/** Both servers say so when they listen; what else they say is thrown away. */
async function listening(child: Child, ports: readonly number[]): Promise<void> {
  const missing = new Set(ports.map(String));
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const port = /listening on port (\d+)/.exec(line)?.[1];
      if (port !== undefined && missing.delete(port) && missing.size === 0) resolve();
    });
    child.once('exit', (code) => reject(new Error(`The example ended with code ${code}: ${complaint}`)));
  });
}

/** Below the ports that systems hand out, so that no other program has it a moment later. */
async function freePort(): Promise<number> {
  const port = randomInt(20_000, 30_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, () => resolve(true));
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return isFree ? port : freePort();
}

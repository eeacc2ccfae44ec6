/** Next.js 16: built, and started as a process of its own, which has the package from its build. */
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Framework } from '../framework';
import type { AtEnd, Settings } from '../service';

const folder = resolve(import.meta.dirname, '..');
const root = resolve(folder, '../..');
const next = join(folder, 'node_modules/next/dist/bin/next');
const app = join(folder, 'next');
const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' };

async function start(settings: Settings, atEnd: AtEnd): Promise<number> {
  if (!existsSync(join(root, 'dist/http.cjs')))
    throw new Error('There is no build. Run `npm run build` first.');
  const link = join(folder, 'node_modules/mcp-connections');
  rmSync(link, { force: true });
  symlinkSync(root, link);
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd: app, env });
  const server = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', '0'], {
    cwd: app,
    env: { ...env, HOST_SETTINGS: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(async () => {
    if (server.exitCode === null && server.kill()) await once(server, 'exit');
  });
  return portOf(server);
}

/** As the server prints it when it listens. */
async function portOf({ stdout }: ChildProcess): Promise<number> {
  if (!stdout) throw new Error('the server prints nothing');
  for await (const line of createInterface({ input: stdout })) {
    const port = /Local:\s+http:\/\/[^:]+:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    stdout.resume();
    return Number(port);
  }
  throw new Error('the server has ended');
}

export const next16: Framework = { name: 'Next.js 16', addsCookie: false, start };

/** `npm run example:nest`: a user connects on the page, a tool is called as the user, and the service ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { CookieBrowser } from '../setup/cookie-browser';
import { freePort } from '../setup/free-port';

const root = resolve(import.meta.dirname, '../..');

describe('npm run example:nest', () => {
  it('connects a user, calls a tool, and ends', async () => {
    const port = await freePort();
    const example = spawn(process.execPath, ['--import', 'tsx', 'examples/nest/run.ts'], {
      cwd: root,
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const origin = `http://localhost:${port}`;
      for await (const line of createInterface(example.stdout)) if (line === `Open ${origin}`) break;
      const browser = new CookieBrowser();
      expect(await browser.open(`${origin}/notes`)).toContain('not_connected');
      expect(await browser.open(`${origin}/connections/ui`)).toContain('Not connected');
      const connect = { method: 'POST', headers: { origin } };
      expect(await browser.open(`${origin}/connections/notes/connect`, connect)).toContain('Allow access?');
      const allowed = new URL('?decision=allow', browser.address).href;
      expect(await browser.open(allowed)).toContain('Notes is connected.');
      expect(await browser.open(`${origin}/notes`)).toContain('Buy oat milk.');
      const health: unknown = JSON.parse(await browser.open(`${origin}/health`));
      const up = { status: 'up' };
      expect(health).toMatchObject({ status: 'ok', details: { database: up, connections: up } });
    } finally {
      example.kill('SIGTERM');
    }
    expect(await once(example, 'exit')).toEqual([0, null]);
  }, 180_000);
});

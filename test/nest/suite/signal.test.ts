/** SIGTERM while a refresh is under way: a real signal to a real process, with a provider that takes each refresh token once. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Provider } from './provider';

/** Starts the service, and waits until it listens. */
async function service(environment: Record<string, string>): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'signal-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if ((await told(child)) !== 'ready') throw new Error('The service did not start.');
  return child;
}

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => [`it ended with ${code}`]),
  ]);
  return message;
}

describe('SIGTERM during a refresh', () => {
  it('loses no token', async () => {
    const provider = await Provider.start(onTestFinished);
    const folder = await mkdtemp(join(tmpdir(), 'mcp-connections-signal-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const environment = {
      DATABASE: join(folder, 'app.sqlite'),
      DOCUMENT: JSON.stringify(provider.document),
      TSX_TSCONFIG_PATH: join(import.meta.dirname, '../tsconfig.json'),
    };
    const first = await service(environment);
    first.send(provider.issue());
    expect(await told(first)).toBe(true);

    const { isAsked, goOn } = provider.hold();
    first.send('refresh');
    await isAsked;
    const ended = once(first, 'exit');
    const isStopping = told(first);
    first.kill('SIGTERM');
    expect(await isStopping).toBe('stopping');
    goOn();
    expect(await ended).toEqual([null, 'SIGTERM']);

    const second = await service(environment);
    second.send('read');
    expect(await told(second)).toMatchObject({ accessToken: 'access-2' });
    expect(provider.spent).toEqual(['refresh-1']);
  });
});

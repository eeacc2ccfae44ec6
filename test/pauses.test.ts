/** What the pauses of the package go by: the timers of Node.js, or, where a test holds those before the package is loaded, nothing that it holds. */
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pause } from '../src/pauses';

const source = pathToFileURL('src/pauses.ts').href;

/** What a process prints before it ends by itself. */
const printed = (code: string) =>
  execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    encoding: 'utf8',
  });

describe('A pause', () => {
  it('goes by a timer of Node.js, which this release still shows to be one', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const pausing = pause(1);
    expect(timers()).toBe(before + 1);
    await pausing;
  });

  it('ends, and keeps the process alive until then, where timers were held before', () => {
    const code = `
      import { mock } from 'node:test';
      mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
      const { nextTurn, pause } = await import(${JSON.stringify(source)});
      await nextTurn();
      await pause(20);
      console.log('ended');
    `;
    expect(printed(code).trim()).toBe('ended');
  });
});

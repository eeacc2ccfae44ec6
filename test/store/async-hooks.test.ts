import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

/** Counts the async hooks of a process of its own: in this one, vitest may have some. */
const program = `
  const { async_hook_fields: hooks } = require('internal/test/binding').internalBinding('async_wrap');
  const count = () => hooks.slice(0, 5).reduce((sum, each) => sum + each, 0);

  async function main() {
    const { MetadataStore } = await import('./src/index.ts');
    const during = [];
    class Store extends MetadataStore {
      async createAll() {
        during.push(count());
      }
    }
    const open = () => {
      const dataSource = { type: 'better-sqlite3', database: ':memory:' };
      return new Store({ dataSource, config: '{"mcpServers": {}}' }).initialize();
    };
    const before = count();
    await open();
    const afterOne = count();
    await Promise.all([open(), open()]);
    console.log(JSON.stringify({ before, during, afterOne, afterTwoAtOnce: count() }));
  }
  void main();
`;

/** Since Node.js 24, AsyncLocalStorage works without hooks. */
const storageNeedsHooks = Number.parseInt(process.versions.node, 10) < 24;

it(
  'initialize() leaves no async hook behind, so that every await of the process is as fast as before',
  { tags: ['long'] },
  () => {
    const output = execFileSync(
      process.execPath,
      ['--expose-internals', '--no-warnings', '--import', 'tsx', '--input-type=commonjs', '-e', program],
      { cwd: resolve(import.meta.dirname, '../..'), encoding: 'utf8' },
    );
    const { before, during, afterOne, afterTwoAtOnce } = JSON.parse(output) as Record<string, number> & {
      during: number[];
    };
    expect(during).toHaveLength(3);
    if (storageNeedsHooks) expect(Math.min(...during)).toBeGreaterThan(before ?? 0);
    expect([afterOne, afterTwoAtOnce]).toEqual([before, before]);
  },
);

/** The kit of the build in each runner of tests: `node:test`, Jest 30 and vitest, in both module systems where a runner has both. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const filesOf = (folder) =>
  readdirSync(here(folder))
    .filter((name) => name.includes('.test.'))
    .map((name) => here(`${folder}/${name}`));

const runs = {
  'node:test': ['--test', ...filesOf('with-node')],
  Jest: [
    '--experimental-vm-modules',
    '--no-warnings',
    here('jest/node_modules/jest/bin/jest.js'),
    '--config',
    here('with-jest/jest.config.cjs'),
  ],
  vitest: [
    here('../../node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    here('with-vitest/vitest.config.ts'),
  ],
};

const failed = Object.entries(runs).filter(([name, parameters]) => {
  console.log(`\n${name}`);
  return spawnSync(process.execPath, parameters, { cwd: here('../..'), stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) {
  console.error(`Failed: ${failed.map(([name]) => name).join(', ')}`);
  process.exitCode = 1;
}

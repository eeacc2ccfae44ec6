/**
 * The kit of the build in each runner of tests: `node:test`, Jest 30 and vitest, in both module systems where a runner has both.
 * Its argument is a folder for the results of each as JSON; without one, none are written.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const filesOf = (folder) =>
  readdirSync(here(folder))
    .filter((name) => name.includes('.test.'))
    .map((name) => here(`${folder}/${name}`));

const [folder] = process.argv.slice(2);
const inFolder = (name) => join(resolve(folder), `kit-${name}.json`);
/** What a runner needs besides to write its results. */
const results = (parameters) => (folder === undefined ? [] : parameters());

const runs = {
  'node:test': [
    '--test',
    ...results(() => [
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${here('json-reporter.mjs')}`,
      `--test-reporter-destination=${inFolder('node')}`,
    ]),
    ...filesOf('with-node'),
  ],
  Jest: [
    '--experimental-vm-modules',
    '--no-warnings',
    here('jest/node_modules/jest/bin/jest.js'),
    '--config',
    here('with-jest/jest.config.cjs'),
    ...results(() => ['--json', `--outputFile=${inFolder('jest')}`]),
  ],
  vitest: [
    here('../../node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    here('with-vitest/vitest.config.ts'),
    ...results(() => ['--reporter=default', '--reporter=json', `--outputFile.json=${inFolder('vitest')}`]),
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

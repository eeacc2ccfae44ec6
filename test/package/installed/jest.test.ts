/** The package in Jest 30: as it comes, with TypeScript by either compiler, and with ES modules switched on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Project } from './project';

let project: Project;
beforeAll(async () => {
  project = await Project.install('jest');
});

it.each([
  ['plain', {}],
  ['swc', {}],
  ['ts-jest', {}],
  ['modules', { NODE_OPTIONS: '--experimental-vm-modules' }],
])('a test that uses it passes in the setup "%s"', async (setup, env) => {
  const results = `${setup}.json`;
  const parameters = [
    '--selectProjects',
    setup,
    '--json',
    '--outputFile',
    results,
    '--cacheDirectory',
    '.jest',
  ];
  await project.run('jest', parameters, env);
  const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(join(project.folder, results), 'utf8'));
  expect({ numPassedTests, numTotalTests }).toEqual({ numPassedTests: 1, numTotalTests: 1 });
});

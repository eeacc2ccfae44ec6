/** The package in a bundle that esbuild made, drivers left outside, TypeORM outside or inside. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Project, asItShouldBe } from './project';

/** An ES module has no `require`; CommonJS that is bundled into one, ours and TypeORM's, loads its imports with it. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const formats = {
  cjs: { file: 'main.cjs', parameters: ['--format=cjs'] },
  esm: { file: 'main.mjs', parameters: ['--format=esm', `--banner:js=${banner}`] },
};
type Format = keyof typeof formats;

/** What TypeORM asks for and is not installed here. */
const absent = [
  'pg pg-native pg-query-stream mysql mysql2 sqlite3 mssql oracledb mongodb redis ioredis',
  'react-native-sqlite-storage expo-sqlite typeorm-aurora-data-api-driver',
  '@google-cloud/spanner @sap/hana-client @sap/hana-client/extension/Stream',
].flatMap((names) => names.split(' '));

let project: Project;
beforeAll(async () => {
  project = await Project.install('bundle');
});

/** Bundles into a folder where only what is left outside can be loaded, and gives the bundle's path. */
async function bundled(format: Format, outside: readonly string[], options: readonly string[] = []) {
  const { file, parameters } = formats[format];
  const folder = join('deployed', [format, ...outside, ...options].join('_'));
  const external = [...outside, ...absent].map((module) => `--external:${module}`);
  const bundle = [
    'main.ts',
    '--bundle',
    '--platform=node',
    '--target=node20',
    `--outfile=${join(folder, file)}`,
  ];
  await project.run('esbuild', [...bundle, ...parameters, ...external, ...options]);
  const modules = join(project.folder, folder, 'node_modules');
  mkdirSync(modules);
  for (const module of outside) {
    symlinkSync(join(project.folder, 'node_modules', module), join(modules, module));
  }
  return join(folder, file);
}

describe.each(['cjs', 'esm'] as const)('as %s', (format) => {
  it.each([
    ['outside', ['better-sqlite3', 'sql.js', 'typeorm']],
    ['inside', ['better-sqlite3', 'sql.js']],
  ])('starts, syncs and restarts with TypeORM %s', async (_where, outside) => {
    const bundle = await bundled(format, outside);
    expect(await project.outcome('node', [bundle])).toEqual(asItShouldBe(1));
  });
});

it('finds nothing to do after a minified bundle, whose classes have other names, started on the file', async () => {
  const outside = ['better-sqlite3', 'sql.js', 'typeorm'];
  const minified = await bundled('cjs', outside, ['--minify']);
  expect(await project.outcome('node', [minified, 'shared.sqlite'])).toEqual(asItShouldBe(1));
  const plain = await bundled('cjs', outside, ['--keep-names']);
  const restarted = { ...asItShouldBe(1), created: [] };
  expect(await project.outcome('node', [plain, 'shared.sqlite'])).toEqual(restarted);
});

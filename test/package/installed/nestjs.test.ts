/** The package in an application of NestJS: entities found by `forFeature`, the host's own migrations beside ours. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Project, asItShouldBe } from './project';

const start = {
  rows: ['github'],
  tokens: 0,
  known: true,
  ownHistory: ['CreateNotes1700000000000'],
  history: ['CreateConnectionTables1795305600000'],
};
const firstStart = { ...start, created: ['github'], unchanged: [], notes: 1 };
const secondStart = { ...start, created: [], unchanged: ['github'], notes: 2 };

/** As the schematics of either kind of project make them. */
function useModules(project: Project, type: string): void {
  project.edit('package.json', (text) => JSON.stringify({ ...JSON.parse(text), type }));
  const module = { type: type === 'module' ? 'nodenext' : 'commonjs' };
  writeFileSync(join(project.folder, '.swcrc'), JSON.stringify({ ...swc, module }));
}

const swc = {
  sourceMaps: true,
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
};

describe.each([
  ['nestjs-11', ['commonjs']],
  ['nestjs-12', ['commonjs', 'module']],
])('%s', (name, types) => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.install(name, { sources: 'nestjs' });
  });

  const builds = types.flatMap((type) => ['tsc', 'swc'].map((builder) => [type, builder] as const));
  it.each(builds)('starts and restarts as %s built by %s', async (type, builder) => {
    useModules(project, type);
    rmSync(join(project.folder, 'app.sqlite'), { force: true });
    await project.run('nest', ['build', '--builder', builder]);
    const main = ['--enable-source-maps', 'dist/main.js'];
    const alone = asItShouldBe(2);
    expect(await project.outcome('node', main)).toEqual({ provided: firstStart, alone });
    expect(await project.outcome('node', main)).toEqual({ provided: secondStart, alone });
  });
});

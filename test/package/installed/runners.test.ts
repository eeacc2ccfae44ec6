/** The package in programs that are run from their TypeScript: by tsx, by ts-node, and by Node alone. */
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Project, asItShouldBe } from './project';

describe('A program that uses the package', () => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.install('runners');
  });

  it.each(['main.mts', 'main.cts'])('runs from %s with tsx', async (file) => {
    expect(await project.outcome('tsx', [file])).toEqual(asItShouldBe(1));
  });

  it('runs from main.cts with ts-node', async () => {
    expect(await project.outcome('ts-node', ['main.cts'])).toEqual(asItShouldBe(1));
  });

  it('runs from main.mts with `node --loader ts-node/esm`', async () => {
    const parameters = ['--no-warnings', '--loader', 'ts-node/esm', 'main.mts'];
    expect(await project.outcome('node', parameters)).toEqual(asItShouldBe(1));
  });
});

describe('Node 24, which strips types by itself', () => {
  const node = `node-${process.platform}-${process.arch}`;
  let project: Project;
  let env: Record<string, string>;
  beforeAll(async () => {
    project = await Project.install('runners', {
      dependencies: { [node]: '24.21.0', 'better-sqlite3': '13.2.0' },
      withBinary: false,
    });
    const home = join(project.folder, 'node_modules', node);
    env = { PATH: [join(home, 'bin'), process.env['PATH']].join(delimiter) };
  });

  it('runs main.mts', async () => {
    const version = await project.run('node', ['--version'], env);
    expect(version).toMatch(/^v24\./);
    expect(await project.outcome('node', ['main.mts'], env)).toEqual(asItShouldBe(1));
  });
});

/** The package where other programs than npm have put it: pnpm's links, yarn's folders, and yarn's Plug'n'Play. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Project, asItShouldBe } from './project';

let tools: Project;
let registry: string;
beforeAll(async () => {
  tools = await Project.install('package-managers', { withBinary: false });
  registry = (await tools.run('npm', ['config', 'get', 'registry'])).trim();
});

const tool = (path: string) => join(tools.folder, 'node_modules', path);

async function expectToWork(project: Project, node: readonly string[] = ['node']): Promise<void> {
  const [command = 'node', ...parameters] = node;
  expect(await project.outcome(command, [...parameters, 'main.mjs'])).toEqual(asItShouldBe(1));
  expect(await project.outcome(command, [...parameters, 'main.cjs'])).toEqual(asItShouldBe(1));
}

const yarn4 = '@yarnpkg/cli-dist/bin/yarn.js';

/** Without them yarn 4 writes to the home folder, and refuses to make a lock file in CI. */
const settings = (nodeLinker: string) => ({
  nodeLinker,
  npmRegistryServer: registry,
  enableScripts: false,
  enableImmutableInstalls: false,
  enableGlobalCache: false,
  enableTelemetry: false,
  globalFolder: './.yarn/global',
  ...(registry.startsWith('http:') && { unsafeHttpWhitelist: [new URL(registry).hostname] }),
});

async function installedByYarn(nodeLinker: string): Promise<Project> {
  const project = Project.copy('modules');
  writeFileSync(join(project.folder, '.yarnrc.yml'), JSON.stringify(settings(nodeLinker)));
  writeFileSync(join(project.folder, 'yarn.lock'), '');
  await project.run('node', [tool(yarn4), 'install']);
  return project;
}

describe('The package', () => {
  it('works where pnpm installed it', async () => {
    const project = Project.copy('modules');
    const install = ['install', '--ignore-scripts', '--no-lockfile', '--store-dir', '.store'];
    await project.run('node', [tool('pnpm/bin/pnpm.cjs'), ...install]);
    project.placeBinary();
    await expectToWork(project);
  });

  it('works where yarn 1 installed it', async () => {
    const project = Project.copy('modules');
    const install = ['install', '--ignore-scripts', '--no-lockfile', '--cache-folder', '.cache'];
    await project.run('node', [tool('yarn/bin/yarn.js'), ...install], { YARN_REGISTRY: registry });
    project.placeBinary();
    await expectToWork(project);
  });

  it('works where yarn 4 installed it in node_modules', async () => {
    const project = await installedByYarn('node-modules');
    project.placeBinary();
    await expectToWork(project);
  });

  it('works where yarn 4 installed it with Plug’n’Play', async () => {
    const project = await installedByYarn('pnp');
    const node = [tool(yarn4), 'node'];
    const driver = await project.run('node', [
      ...node,
      '-p',
      "require.resolve('better-sqlite3/package.json')",
    ]);
    project.placeBinary(dirname(driver.trim()));
    await expectToWork(project, ['node', ...node]);
  });
});

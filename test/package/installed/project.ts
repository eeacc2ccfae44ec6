/** A project of a user's: a copy of a folder in `projects/`, with the packed package among its dependencies. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { inject } from 'vitest';
import { run } from './process';

export { asItShouldBe } from '../projects/exercise.cjs';

const root = resolve(import.meta.dirname, '../../..');
const projects = join(root, 'test/package/projects');
const binary = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';

export interface ProjectOptions {
  /** Instead of, or besides, those in its package.json. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** A folder whose files are copied first. */
  readonly sources?: string;
  /** Whether better-sqlite3 gets the binary that was compiled here; default true. */
  readonly withBinary?: boolean;
}

export class Project {
  private constructor(readonly folder: string) {}

  /** Copied, and not installed. */
  static copy(name: string, { dependencies = {}, sources }: ProjectOptions = {}): Project {
    const { folder: parent, tarball } = inject('packed');
    const folder = mkdtempSync(join(parent, `${name}-`));
    if (sources !== undefined) cpSync(join(projects, sources), folder, { recursive: true });
    cpSync(join(projects, name), folder, { recursive: true });
    for (const shared of ['exercise.cjs', 'exercise.d.cts']) {
      copyFileSync(join(projects, shared), join(folder, shared));
    }
    copyFileSync(tarball, join(folder, 'mcp-connections.tgz'));
    const project = new Project(folder);
    project.edit('package.json', (text) => {
      const manifest = JSON.parse(text);
      // For `createTestDataSource`, in what every project does with the package.
      const ours = { 'mcp-connections': 'file:./mcp-connections.tgz', 'sql.js': '1.16.0' };
      return JSON.stringify({
        ...manifest,
        dependencies: { ...manifest.dependencies, ...ours, ...dependencies },
      });
    });
    return project;
  }

  static async install(name: string, options: ProjectOptions = {}): Promise<Project> {
    const project = Project.copy(name, options);
    await project.run('npm', [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--no-package-lock',
    ]);
    if (options.withBinary !== false) project.placeBinary();
    return project;
  }

  /** Compiling a driver takes a minute for each project; the one that was compiled here is of the same version. */
  placeBinary(module = join(this.folder, 'node_modules/better-sqlite3')): void {
    const version = (folder: string) =>
      JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
    const ours = version(join(root, 'node_modules/better-sqlite3'));
    if (version(module) !== ours) {
      throw new Error(`Pin better-sqlite3 to ${ours} in ${projects}: its compiled part comes from there.`);
    }
    mkdirSync(join(module, 'build/Release'), { recursive: true });
    copyFileSync(join(root, binary), join(module, 'build/Release/better_sqlite3.node'));
  }

  edit(file: string, change: (text: string) => string): void {
    const path = join(this.folder, file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  /** @param command one that the project has installed, or one of the system; of caches, only npm's outlives it */
  async run(command: string, parameters: readonly string[] = [], env = {}): Promise<string> {
    const PATH = [join(this.folder, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const caches = {
      XDG_CACHE_HOME: join(this.folder, '.cache'),
      XDG_STATE_HOME: join(this.folder, '.state'),
    };
    return run(command, parameters, { cwd: this.folder, env: { PATH, ...caches, ...env } });
  }

  /** What the program's last line says. */
  async outcome(command: string, parameters: readonly string[] = [], env = {}): Promise<unknown> {
    const printed = await this.run(command, parameters, env);
    return JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '');
  }
}

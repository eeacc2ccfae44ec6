/** Installs Nest 11 and Nest 12, each with the packed package and a copy of the tests beside it. Needs `npm run build` first. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const root = resolve(here, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mcp-connections-nest-'));

const npm = (...words) =>
  execFileSync('npm', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const [{ filename }] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder));

for (const major of ['nest-11', 'nest-12']) {
  const project = join(here, major);
  if (!process.argv.includes('--installed'))
    npm('ci', '--prefix', project, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error');
  const installed = join(project, 'node_modules/mcp-connections');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed);
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components', '1']);
  placeBinary(project);
  rmSync(join(project, 'suite'), { recursive: true, force: true });
  cpSync(join(here, 'suite'), join(project, 'suite'), { recursive: true });
}
rmSync(folder, { recursive: true });

/** Compiling the driver takes a minute; the one that was compiled here is of the same version. */
function placeBinary(project) {
  const driver = (where) => join(where, 'node_modules/better-sqlite3');
  const version = (where) => JSON.parse(readFileSync(join(driver(where), 'package.json'), 'utf8')).version;
  if (version(project) !== version(root))
    throw new Error(
      `Pin better-sqlite3 of ${project} to ${version(root)}: its compiled part comes from the root.`,
    );
  const release = 'build/Release/better_sqlite3.node';
  mkdirSync(join(driver(project), 'build/Release'), { recursive: true });
  copyFileSync(join(driver(root), release), join(driver(project), release));
}

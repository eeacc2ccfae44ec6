/** Puts the packed package into projects, as npm would install it from the registry. Needs `npm run build` first. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

interface Installing {
  /** Whether the locked packages are there already; default false. */
  readonly isInstalled?: boolean;
}

/**
 * Installs what each project locks, and the package beside it.
 * @param projects folders with a package-lock.json that does not name the package
 */
export function installPacked(projects: readonly string[], { isInstalled = false }: Installing = {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-connections-packed-'));
  try {
    const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const [packed] = JSON.parse(npm(packing)) as { filename: string }[];
    if (!packed) throw new Error('npm has packed nothing.');
    for (const project of projects) {
      const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
      if (!isInstalled) npm(['ci', '--prefix', project, ...quiet]);
      const installed = join(project, 'node_modules/mcp-connections');
      rmSync(installed, { recursive: true, force: true });
      mkdirSync(installed);
      execFileSync('tar', [
        '-xzf',
        join(folder, packed.filename),
        '-C',
        installed,
        '--strip-components',
        '1',
      ]);
      placeBinary(project);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function npm(parameters: readonly string[]): string {
  return execFileSync('npm', parameters, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Compiling the driver takes a minute; the one that was compiled here is of the same version. */
function placeBinary(project: string): void {
  const driver = (where: string) => join(where, 'node_modules/better-sqlite3');
  const version = (where: string) => {
    const manifest = readFileSync(join(driver(where), 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  };
  if (version(project) !== version(root))
    throw new Error(
      `Pin better-sqlite3 of ${project} to ${version(root)}: its compiled part comes from the root.`,
    );
  const release = 'build/Release/better_sqlite3.node';
  mkdirSync(join(driver(project), 'build/Release'), { recursive: true });
  copyFileSync(join(driver(root), release), join(driver(project), release));
}

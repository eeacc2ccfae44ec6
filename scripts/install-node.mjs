/** Other releases of Node.js, for scripts that want them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The newest release of a major, from the package that npm distributes it in, with the headers for native addons. */
export function installNode(major, folder) {
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(folder);
  execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `${name}@${major}`], {
    stdio: 'inherit',
  });
  const headers = join(folder, 'node_modules', name);
  return { program: join(headers, 'bin', 'node'), headers };
}

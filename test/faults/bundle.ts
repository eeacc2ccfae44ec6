/** Builds the child program once for each TypeORM major, where `require` finds the repository's packages. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

export type TypeormPackage = 'typeorm' | 'typeorm-0.3';

export interface Bundle {
  /** File to run with node. */
  readonly program: string;
  readonly remove: () => Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');

export async function bundleChild(typeorm: TypeormPackage): Promise<Bundle> {
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, 'faults-'));
  await build({
    config: false,
    entry: { child: fileURLToPath(new URL('./child/index.ts', import.meta.url)) },
    tsconfig: join(root, 'tsconfig.json'),
    outDir,
    format: ['cjs'],
    target: 'node20',
    silent: true,
    clean: false,
    splitting: false,
    // All but the drivers goes in: a process that reads one file is ready much sooner.
    external: [/^(pg|mysql2|better-sqlite3|sqlite3)(\/|$)/],
    noExternal: ['typeorm'],
    esbuildOptions(options) {
      options.alias = { typeorm };
      options.keepNames = true;
      options.mainFields = ['module', 'main'];
      options.logLevel = 'error';
    },
  });
  return { program: join(outDir, 'child.cjs'), remove: () => rm(outDir, { recursive: true, force: true }) };
}

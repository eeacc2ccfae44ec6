/** Packs the package once for all tests, into a folder that is removed when they have run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

export interface Packed {
  /** Made for this run; all that the tests write is below it. */
  readonly folder: string;
  readonly tarball: string;
  /** Paths inside the package, in order. */
  readonly files: readonly string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed;
  }
}

const root = resolve(import.meta.dirname, '../..');

export default function setup({ provide }: TestProject): () => Promise<void> {
  if (!existsSync(join(root, 'dist/index.cjs'))) {
    throw new Error('There is no build. Run `npm run build` first.');
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-connections-package-')));
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [packed] = JSON.parse(
    execFileSync('npm', packing, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  provide('packed', {
    folder,
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }: { path: string }) => path).toSorted(),
  });
  return () => rm(folder, { recursive: true, force: true });
}

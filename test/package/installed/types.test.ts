/** The types of both entries, as TypeScript 5.9, 6.0 and 7.0 see them in a host that checks libraries too. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Project } from './project';

const compilers = ['5.9', '6.0', '7.0'];

describe.each(['1.1.1', '0.3.31'])('with TypeORM %s', (typeorm) => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.install('types', { dependencies: { typeorm }, withBinary: false });
    for (const copy of ['esm.mts', 'cjs.cts', 'bundler.ts']) {
      copyFileSync(join(project.folder, 'consumer.ts'), join(project.folder, copy));
    }
  });

  const check = (typescript: string, config: string, options: readonly string[] = []) =>
    project.run('node', [`node_modules/typescript-${typescript}/bin/tsc`, '-p', config, ...options]);

  it.each(compilers)('TypeScript %s accepts a host in .mts and .cts under nodenext', async (typescript) => {
    expect(await check(typescript, 'tsconfig.nodenext.json')).toBe('');
  });

  it.each(compilers)('TypeScript %s accepts a host under the resolution of bundlers', async (typescript) => {
    expect(await check(typescript, 'tsconfig.bundler.json')).toBe('');
  });

  it.each([
    ['5.9', []],
    ['6.0', ['--ignoreDeprecations', '6.0']],
  ])('TypeScript %s accepts a host under the resolution of Node 10', async (typescript, options) => {
    expect(await check(typescript, 'tsconfig.node10.json', options)).toBe('');
  });
});

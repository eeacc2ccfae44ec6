import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

/**
 * One suite over two TypeORM majors: the second project sees 0.3 wherever the code says `typeorm`. A process
 * runs the files of one project only, since two copies in one process share a global.
 */
const project = (name: string, typeorm: string, exclude: string[] = []) => ({
  extends: true as const,
  resolve: {
    alias: [
      { find: /^typeorm$/, replacement: typeorm },
      // Tests of the documents import the package as a host does.
      { find: /^mcp-connections$/, replacement: join(import.meta.dirname, 'src/index.ts') },
      { find: /^mcp-connections\/(\w+)$/, replacement: join(import.meta.dirname, 'src/$1/index.ts') },
    ],
  },
  test: {
    name,
    exclude: [...configDefaults.exclude, ...elsewhere, ...exclude],
    env: { TYPEORM_PACKAGE: typeorm },
  },
});

/** What no TypeORM takes part in is tested once. */
const withoutTypeorm = [
  'test/docs/**',
  'test/config/**',
  'test/oauth/{addresses,challenge,token-answer}.test.ts',
  'test/sync/plan.test.ts',
  'test/layers.test.ts',
  'test/model/model.test.ts',
  // Its process loads TypeORM 1.x in both projects.
  'test/store/async-hooks.test.ts',
  'test/{exports,options,suggest}.test.ts',
  'test/examples/**',
  'test/migrations/adoption/legacy-instant.test.ts',
  'test/connections/{return-to,health-property,url-elicitation}.test.ts',
  'test/connections/fetch-for-{like-fetch,integrity,unsent}.test.ts',
  'test/hostile/{addresses,ciphertext-bits,regular-expressions,return-to}.test.ts',
  'test/tokens/{fingerprint,key-ring,refresh-protocol}.test.ts',
  'test/legacy/**',
  'test/http/**',
  // What it refuses and keeps is decided before TypeORM is asked; `adopt.test.ts` runs on both majors.
  'test/migrations/adoption/unfit.test.ts',
  'test/migrations/adoption/changed-by-hand.test.ts',
];

const elsewhere = ['package', 'mcp-clients', 'hosts', 'nest', 'browser', 'kit'].map(
  (folder) => `test/${folder}/**`,
);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/setup/engines.ts'],
    reporters: ['default', './test/setup/engines-reporter.ts'],
    pool: 'forks',
    isolate: false,
    // Much of the time goes by in the servers.
    maxWorkers: '150%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [project('typeorm-1', 'typeorm'), project('typeorm-0.3', 'typeorm-0.3', withoutTypeorm)],
  },
});

import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

/** Tests of packages, hosts and browsers, which have programs to install and configurations of their own. */
const elsewhere = ['package', 'mcp-clients', 'hosts', 'nest', 'browser', 'kit'].map(
  (folder) => `test/${folder}/**`,
);

const all = 'test/**/*.test.ts';

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
  'test/{exports,options,pauses,suggest}.test.ts',
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
  // The second generation differs in what is there, which TypeORM has no part in.
  'test/migrations/adoption/adopt-second.test.ts',
];

/** Where the code calls TypeORM: what differs between its majors shows here first. */
const ofTypeorm = [
  'test/{database,entities,store}/**/*.test.ts',
  'test/migrations/{connection-migrations,host-database,migrated-tables}.test.ts',
  'test/migrations/adoption/{adopt,circumstances}.test.ts',
  'test/sync/{host-transaction,repository-port,too-early}.test.ts',
  'test/tokens/{token-rows,put,due}.test.ts',
  'test/connections/{access-token,host-transaction,sql-mode}.test.ts',
];

/**
 * One suite over two TypeORM majors: the other projects see 0.3 wherever the code says `typeorm`. A process runs the
 * files of one project only, since two copies in one process share a global.
 */
const project = (name: string, typeorm: string, include: string[], exclude: string[] = []) => ({
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
    include,
    exclude: [...configDefaults.exclude, ...elsewhere, ...exclude],
    env: { TYPEORM_PACKAGE: typeorm },
  },
});

export default defineConfig({
  test: {
    globalSetup: ['./test/setup/engines.ts'],
    reporters: ['default', './test/setup/engines-reporter.ts'],
    pool: 'forks',
    isolate: false,
    // Much of the time goes by in the servers.
    maxWorkers: '150%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // To transform the code takes longer than most files take to run.
    experimental: { fsModuleCache: true },
    tags: [{ name: 'long', description: 'Takes a second or more on two cores; `npm test` leaves it out.' }],
    projects: [
      project('typeorm-1', 'typeorm', [all]),
      project('typeorm-0.3', 'typeorm-0.3', ofTypeorm, withoutTypeorm),
      project('typeorm-0.3-rest', 'typeorm-0.3', [all], [...withoutTypeorm, ...ofTypeorm]),
    ],
  },
});

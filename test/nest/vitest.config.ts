import { defineConfig } from 'vitest/config';

const project = (name: string, include = `test/nest/${name}/suite/**/*.test.ts`) => ({
  extends: true as const,
  test: { name, include: [include] },
});

/** Real applications of Nest 11 and Nest 12, with the packed package. Needs `tsx test/nest/prepare.ts` first. */
export default defineConfig({
  // Hosts compile so, and Nest injects by the types of parameters.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [project('nest-11'), project('nest-12'), project('example', 'test/nest/example.test.ts')],
  },
});

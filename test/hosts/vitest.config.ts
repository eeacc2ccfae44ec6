import { defineConfig } from 'vitest/config';

/** The handler of the routes in the frameworks that hosts use. Needs `npm ci --prefix test/hosts` and a build first. */
export default defineConfig({
  test: {
    include: ['test/hosts/**/*.test.ts'],
    reporters: ['verbose'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

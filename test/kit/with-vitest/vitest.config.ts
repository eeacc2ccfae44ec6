import { defineConfig } from 'vitest/config';

/** Threads, in which `process.nextTick` can be held, too. The code of docs/testing.md runs with what the build has made. */
export default defineConfig({
  test: {
    include: ['test/kit/with-vitest/*.test.mjs', 'test/docs/testing/*.test.ts'],
    pool: 'threads',
  },
});

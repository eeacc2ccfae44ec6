import { defineConfig } from 'vitest/config';

/** Threads, in which `process.nextTick` can be held, too. */
export default defineConfig({
  test: { include: ['test/kit/with-vitest/*.test.mjs'], pool: 'threads' },
});

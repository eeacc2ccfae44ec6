import { defineConfig } from 'vitest/config';

/** The attacks of test/hostile, all of them; `npm test` runs a short form of each. */
export default defineConfig({
  test: {
    include: ['test/hostile/**/*.test.ts'],
    // Files of the suite have the tag; here all of them run.
    tags: [{ name: 'long' }],
    globalSetup: ['./test/setup/engines.ts'],
    reporters: ['default', './test/setup/engines-reporter.ts'],
    env: { HOSTILE: 'full' },
    pool: 'forks',
    isolate: false,
    testTimeout: 150_000,
    hookTimeout: 30_000,
  },
});

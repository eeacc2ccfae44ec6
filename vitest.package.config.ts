import { defineConfig } from 'vitest/config';

/** What is packed and published, tested as a user gets it. Needs `npm run build` first. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    exclude: ['test/package/projects/**'],
    globalSetup: ['./test/package/packed.ts'],
    // Much of the time goes by in downloads.
    maxWorkers: '150%',
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});

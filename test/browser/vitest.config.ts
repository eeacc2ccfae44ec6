import { defineConfig } from 'vitest/config';

/** The page in a real Chromium. Needs `npm ci --prefix test/browser` first, and a Chromium on the machine. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    reporters: ['verbose'],
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

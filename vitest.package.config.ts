import { defineConfig } from 'vitest/config';

/** What is packed and published, tested as a user gets it. Needs `npm run build` first. */
export default defineConfig({
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});

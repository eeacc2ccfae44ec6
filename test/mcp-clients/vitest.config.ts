import { defineConfig } from 'vitest/config';

/** The MCP clients with a fetch of `fetchFor`. Needs `npm ci --prefix test/mcp-clients` first. */
export default defineConfig({
  test: {
    include: ['test/mcp-clients/**/*.test.ts'],
    reporters: ['verbose'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

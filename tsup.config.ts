import { defineConfig } from 'tsup';

/**
 * The CommonJS build is the one that runs, however the package is imported: two builds would hold two copies of each
 * entity, and TypeORM would not know one for the other. `scripts/esm-entries.mjs` adds the ES modules that re-export it.
 */
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    sync: 'src/sync/index.ts',
    legacy: 'src/legacy/index.ts',
    testing: 'src/testing/index.ts',
    http: 'src/http/index.ts',
    nestjs: 'src/nestjs/index.ts',
  },
  format: ['cjs'],
  target: 'node20',
  splitting: true,
  dts: true,
  clean: true,
  noExternal: ['jsonc-parser', 'fastest-levenshtein'],
  esbuildOptions(options) {
    options.mainFields = ['module', 'main'];
    // What makes CommonJS of the split files would write each of these as calls of closures, on the path of every token.
    options.supported = { 'optional-chain': false, 'nullish-coalescing': false };
  },
});

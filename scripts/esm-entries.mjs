/** Writes, beside each CommonJS entry in dist/, an ES module and its types that re-export it: one copy of each class. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const require = createRequire(import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

for (const target of Object.values(exports)) {
  if (typeof target === 'string') continue;
  const commonJs = target.require.default;
  const base = commonJs.slice(commonJs.lastIndexOf('/') + 1);
  const names = Object.keys(require(fileURLToPath(new URL(commonJs, root)))).toSorted();
  writeFileSync(new URL(target.import.default, root), `export { ${names.join(', ')} } from './${base}';\n`);
  writeFileSync(new URL(target.import.types, root), `export * from './${base}';\n`);
}

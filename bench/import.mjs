/**
 * What importing the package costs over importing typeorm: in fresh processes that have just loaded it, the time that the
 * package itself takes; medians. `npm run bench:import [-- --json FILE]`. It measures dist/.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const RUNS = 15;
const { values } = parseArgs({ options: { json: { type: 'string' } } });

const loaders = { require: (name) => `require('${name}')`, import: (name) => `await import('${name}')` };

/** Milliseconds for typeorm, and for the package after it, in a process of its own. */
function measure(load) {
  const code = [
    'const start = performance.now();',
    `${load('typeorm')};`,
    'const loaded = performance.now();',
    `${load('mcp-connections')};`,
    'console.log(JSON.stringify([loaded - start, performance.now() - loaded]));',
  ].join('\n');
  const type = code.includes('await') ? 'module' : 'commonjs';
  return JSON.parse(
    execFileSync(process.execPath, [`--input-type=${type}`, '-e', code], { encoding: 'utf8' }),
  );
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const times = Object.fromEntries(Object.keys(loaders).map((name) => [name, []]));
for (let run = 0; run < RUNS; run += 1) {
  for (const [name, load] of Object.entries(loaders)) times[name].push(measure(load));
}
const rows = Object.entries(times).map(([variant, measured]) => ({
  bench: 'import',
  variant,
  typeorm_ms: Number(median(measured.map(([base]) => base)).toFixed(1)),
  over_ms: Number(median(measured.map(([, over]) => over)).toFixed(1)),
}));

console.log(`Import cost, medians of ${RUNS} fresh processes, Node ${process.version}`);
for (const { variant, typeorm_ms, over_ms } of rows) {
  console.log(`  by ${variant.padEnd(8)} typeorm ${typeorm_ms} ms, mcp-connections ${over_ms} ms more`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);

/**
 * What importing the package costs over importing typeorm and zod, which it needs anyway: fresh processes in turn,
 * medians. `npm run bench:import [-- --json FILE]`. It measures dist/, so build first (the script does).
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const RUNS = 15;
const { values } = parseArgs({ options: { json: { type: 'string' } } });

const variants = {
  'require typeorm and zod': "require('typeorm'); require('zod');",
  'and mcp-connections': "require('typeorm'); require('zod'); require('mcp-connections');",
  'import typeorm and zod': "await import('typeorm'); await import('zod');",
  'and mcp-connections (ESM)':
    "await import('typeorm'); await import('zod'); await import('mcp-connections');",
};

/** Milliseconds that the code takes in a process of its own. */
function measure(code) {
  const timed = `const t = performance.now(); ${code} console.log(performance.now() - t);`;
  const type = code.includes('await') ? 'module' : 'commonjs';
  return Number(execFileSync(process.execPath, [`--input-type=${type}`, '-e', timed], { encoding: 'utf8' }));
}

const times = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
for (let run = 0; run < RUNS; run += 1) {
  for (const [name, code] of Object.entries(variants)) times[name].push(measure(code));
}

const median = (list) => [...list].toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const names = Object.keys(variants);
const rows = names.map((name, index) => ({
  bench: 'import',
  variant: name,
  median_ms: Number(median(times[name]).toFixed(1)),
  over_ms: index % 2 === 0 ? 0 : Number((median(times[name]) - median(times[names[index - 1]])).toFixed(1)),
}));

console.log(`Import cost, medians of ${RUNS} fresh processes, Node ${process.version}`);
for (const { variant, median_ms, over_ms } of rows) {
  console.log(
    `  ${variant.padEnd(28)}${String(median_ms).padStart(8)} ms${over_ms ? `   +${over_ms} ms` : ''}`,
  );
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);

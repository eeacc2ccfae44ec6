/**
 * What a user's authorization costs, `authorize` and `complete`, beside raw inserts and deletes around the same HTTP
 * exchange: `npm run bench:flow [-- --engine NAME] [--seconds S] [--json FILE]`. Prints a table in Markdown.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { engineNames } from '../engines';
import type { Measured } from './measure';
import { measureEngine } from './measure';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true, default: [...engineNames] },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
const engines = options.engine.map((name) => {
  const engine = engineNames.find((known) => known === name);
  if (!engine) throw new Error(`--engine is one of ${engineNames.join(', ')}, not ${name}`);
  return engine;
});
const seconds = Number(options.seconds);
if (!(seconds > 0)) throw new Error(`--seconds is a time for each variant, not ${options.seconds}`);

const results: Measured[] = [];
console.log('\n### authorize and complete\n');
console.log('Flows per second, one after another, and how many times as long ours takes as the floor.\n');
console.log('| engine | floor | ours | times |\n| --- | ---: | ---: | ---: |');
for (const engine of engines) {
  const measured = await measureEngine(engine, seconds);
  results.push(...measured);
  const [floor, ours] = measured;
  const times = 1 / (ours?.speed_to_floor ?? Number.NaN);
  console.log(
    `| ${engine} | ${floor?.per_second.toFixed(0)} | ${ours?.per_second.toFixed(0)} | ${times.toFixed(2)} |`,
  );
}

if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);

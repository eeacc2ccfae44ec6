/**
 * What jobs over many rows cost, beside floors, and how that grows: `npm run bench:scale [-- --rows N] [--engine NAME]
 * [--job NAME] [--json FILE]`. Prints a table in Markdown.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { engineNames } from '../engines';
import { Closing, closeAtSignals } from './closing';
import { startEndpoint } from './endpoint';
import type { Figure } from './figures';
import { printTable } from './figures';
import { jobs } from './jobs';
import { measureEngine } from './measure';

/** So that a tenth of the rows is enough for every job. */
const FEWEST = 20_000;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    engine: { type: 'string', multiple: true, default: [...engineNames] },
    job: { type: 'string', multiple: true, default: jobs.map(({ name }) => name) },
    json: { type: 'string' },
  },
});
const rows = Number(options.rows);
if (!Number.isInteger(rows / 10) || rows < FEWEST) {
  throw new Error(`--rows is a multiple of 10 and at least ${FEWEST}, not ${options.rows}`);
}
const engines = options.engine.map((name) => {
  const engine = engineNames.find((known) => known === name);
  if (!engine) throw new Error(`--engine is one of ${engineNames.join(', ')}, not ${name}`);
  return engine;
});
const names: readonly string[] = jobs.map(({ name }) => name);
const unknown = options.job.find((name) => !names.includes(name));
if (unknown !== undefined) throw new Error(`--job is one of ${names.join(', ')}, not ${unknown}`);
const chosen = jobs.filter(({ name }) => options.job.includes(name));

const closing = new Closing();
closeAtSignals(closing);
const figures: Figure[] = [];
try {
  const addresses = await startEndpoint(closing);
  for (const engine of engines) {
    figures.push(...(await measureEngine(engine, { rows, jobs: chosen, addresses, closing })));
  }
} finally {
  await closing.close();
}

console.log(`\n### ${rows.toLocaleString('en')} rows`);
printTable(figures, engines);
if (options.json) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);

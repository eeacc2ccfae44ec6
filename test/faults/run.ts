/**
 * The whole run: `npm run test:faults -- [--only NAME] [--engine NAME] [--short] [--json FILE]`. One lane for each
 * TypeORM major. Ends with a table, and with exit code 1 if anything was lost or wrong.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { availableEngines } from '../setup/available-engines';
import type { Performed, Task } from './lane';
import { Lane, tasksOf } from './lane';
import { printFindings, printTable, records } from './table';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    engine: { type: 'string', default: '' },
    json: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});

const began = Date.now();
const { engines, leftOut } = await availableEngines();
const isWanted = ({ scenario, engine }: Task) =>
  scenario.name.includes(options.only) && engine.includes(options.engine);
let isStopping = false;

async function runLane(lane: Lane): Promise<readonly Performed[]> {
  const done: Performed[] = [];
  for (const task of tasksOf(lane.typeorm, engines).filter(isWanted)) {
    if (isStopping) break;
    const performed = await lane.perform(task, options.short);
    printFindings(performed);
    done.push(performed);
  }
  return done;
}

const lanes = await Promise.all([Lane.open('typeorm'), Lane.open('typeorm-0.3')]);
const close = async (): Promise<void> => {
  await Promise.all(lanes.map((lane) => lane.close()));
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isStopping = true;
    process.exitCode = 1;
    void close();
  });
}

let performed: readonly Performed[] = [];
try {
  performed = (await Promise.all(lanes.map(runLane))).flat();
} finally {
  await close();
}

printTable(performed);
console.log(`Engines left out: ${leftOut.length > 0 ? leftOut.join(', ') : 'none'}`);
console.log(`${((Date.now() - began) / 1000).toFixed(0)} s`);
if (options.json !== undefined) {
  await writeFile(options.json, `${JSON.stringify(records(performed), null, 2)}\n`);
}
if (performed.length === 0) {
  console.log('No scenario of that name runs on that engine.');
  process.exitCode = 1;
}
if (performed.some(({ result }) => result.lost.length + result.wrong.length > 0)) process.exitCode = 1;

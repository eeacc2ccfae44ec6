/**
 * The same call in four processes that begin at once, with enough for each to do. At a provider that answers soon they share the
 * cores of this machine; at one that takes its time, what they share is the rows.
 */
import { ANSWER_MS, answeringAfter } from '../endpoint';
import type { Outcome } from '../figures';
import { expire, someUsers } from '../population';
import type { Started } from '../process';
import type { Bench, Job } from './job';
import { rawLanes } from './lanes';
import { LIMIT, oneCall, refreshing } from './refresh';

const PROCESSES = 4;
/** So long that four processes which wait for it leave two cores with time to spare. */
const SLOW_MS = 400;
/** Of each process, at the provider that takes so long. */
const FEW = 320;

export const processes: Job = {
  name: 'processes',
  grows: false,
  tables: 'filled',
  tasks: [],

  measure: async (bench) => [
    await compared(bench, LIMIT, ANSWER_MS),
    await answeringAfter(SLOW_MS, bench.addresses, () => compared(bench, FEW, SLOW_MS)),
  ],
};

async function compared(bench: Bench, limit: number, answerMs: number): Promise<Outcome> {
  const given = { ...oneCall, limit, wanted: limit, addresses: bench.addresses };
  const users = someUsers(PROCESSES * limit);
  await expire(bench.raw, users);
  const { result: one } = await bench.run(refreshing, given);

  await expire(bench.raw, users);
  const all = await together(() => bench.start(refreshing, given));
  const sum = (part: 'renewed' | 'statements') => all.reduce((total, each) => total + each[part], 0);
  const rate = sum('renewed') / Math.max(...all.map(({ ms }) => ms));
  const statements = sum('statements') / sum('renewed');

  await expire(bench.raw, users);
  const lanesOf = (number: number) => ({
    addresses: bench.addresses,
    users: users.slice(number * limit, (number + 1) * limit),
  });
  const { result: alone } = await bench.run(rawLanes, lanesOf(0));
  await expire(bench.raw, users);
  const lanes = await together((number) => bench.start(rawLanes, lanesOf(number)));
  const slowest = Math.max(...lanes.map(({ ms }) => ms));
  return {
    job: `${PROCESSES} processes, ${answerMs} ms`,
    measures: [
      ['speed ÷ one process', rate / (one.renewed / one.ms), 'times'],
      ['raw drivers: speed ÷ one', (PROCESSES * alone.ms) / slowest, 'times'],
      ['statements ÷ one process', statements / (one.statements / one.renewed), 'times'],
    ],
  };
}

/** Starts the processes one after another, then lets all begin at once. */
async function together<Result>(start: (number: number) => Promise<Started<Result>>): Promise<Result[]> {
  const started = [];
  for (let number = 0; number < PROCESSES; number += 1) started.push(await start(number));
  return (await Promise.all(started.map((process) => process.go()))).map(({ result }) => result);
}

/**
 * `reencrypt` and `renameConnection`, beside pages of a raw driver; and what readers notice meanwhile, in the same process
 * and in another.
 */
import type { Outcome } from '../figures';
import { RENAMED, TOKENS } from '../population';
import { RENAMED_TO } from '../world';
import type { Bench, Job } from './job';
import type { Rewriting } from './rewriting-tasks';
import { atTheFloor, ours, reading } from './rewriting-tasks';

/** Of one run: `reencrypt` is told to stop then. */
const MOST_MS = 2500;
const FLOOR_MS = 1500;
/** When another run is told to stop, to see how long it takes to hear that. */
const STOP_MS = 300;

const tasks = [ours, atTheFloor, reading];

export const reencryption: Job = {
  name: 'reencrypt',
  grows: true,
  tables: 'filled',
  tasks,

  async measure(bench) {
    const outcome = await compared(
      bench,
      'reencrypt',
      { kind: 'reencrypt', key: 'k2' },
      { kind: 'reencrypt', key: 'k1' },
    );
    const { result } = await run(bench, { kind: 'reencrypt', key: 'k2' }, STOP_MS);
    const heard = result.heardMs === null ? [] : [['a signal is heard after', result.heardMs, 'ms'] as const];
    return [{ ...outcome, measures: [...outcome.measures, ...heard] }];
  },
};

/** Of a fifth of the rows. */
export const renaming: Job = {
  name: 'rename',
  grows: false,
  tables: 'filled',
  tasks: [],

  measure: async (bench) => [
    await compared(
      bench,
      'renameConnection',
      { kind: 'rename', from: RENAMED, to: RENAMED_TO },
      { kind: 'rename', from: RENAMED_TO, to: RENAMED },
    ),
  ],
};

async function compared(bench: Bench, job: string, there: Rewriting, back: Rewriting): Promise<Outcome> {
  const before = await countOf(bench, there);
  const [{ result, watched }, slower] = await besideReaders(bench, () => run(bench, there, MOST_MS));
  const rowMs = result.ms / ((await countOf(bench, there)) - before);
  const [{ result: floor }, slowerBesideFloor] = await besideReaders(bench, () =>
    bench.run(atTheFloor, { rewriting: back, mostMs: FLOOR_MS }),
  );
  return {
    job,
    timeMs: rowMs,
    measures: [
      ['time per row ÷ floor', rowMs / (floor.ms / floor.rows), 'times'],
      ['readers inside: p99 ÷ idle', result.own.p99Ms / result.idle.p99Ms, 'times'],
      ['readers elsewhere: p99 ÷ idle', slower, 'times'],
      ['beside the floor: p99 ÷ idle', slowerBesideFloor, 'times'],
      ['longest block', watched.blockMs, 'ms'],
      ['memory', watched.memoryMb, 'MB'],
    ],
  };
}

/** @returns what `work` gives; and p99 of readers in another process meanwhile, to that when they are alone */
async function besideReaders<Result>(bench: Bench, work: () => Promise<Result>): Promise<[Result, number]> {
  const readers = await bench.start(reading, { addresses: bench.addresses });
  const read = readers.go();
  const result = await work();
  readers.stop();
  const { idle, during } = (await read).result;
  return [result, during.p99Ms / idle.p99Ms];
}

function run(bench: Bench, rewriting: Rewriting, stopMs: number) {
  return bench.run(ours, { addresses: bench.addresses, rewriting, stopMs });
}

/** How many rows have been rewritten. */
async function countOf({ raw }: Bench, rewriting: Rewriting): Promise<number> {
  const [condition, value] =
    rewriting.kind === 'rename'
      ? ['connection_name = ?', rewriting.to]
      : ['access_token_encrypted LIKE ?', `v1.${rewriting.key}.%`];
  const [[count] = []] = await raw.rows(`SELECT COUNT(*) FROM ${TOKENS} WHERE ${condition}`, [value]);
  return Number(count);
}

/**
 * How much a battery of attacks tries: little in `npm test`, everything in `npm run test:hostile`. A failure prints its
 * seed; `HOSTILE_SEED` repeats it.
 */
import { randomInt } from 'node:crypto';

export const isFull = process.env['HOSTILE'] === 'full';

const seed = Number(process.env['HOSTILE_SEED'] ?? randomInt(2 ** 31 - 1));

/** One of two numbers: for the short form and for all of it. */
export function sized(short: number, full: number): number {
  return isFull ? full : short;
}

/** For `fc.assert` and `fc.sample`, which print the seed and the smallest input that fails. */
export function runs(short: number, full: number): { seed: number; numRuns: number } {
  return { seed, numRuns: sized(short, full) };
}

/** Chooses what to try where not everything can be tried, in a way that can be repeated. */
import type { Context, Origin } from './context';

const READS = /^\s*(SELECT|SHOW|WITH|PRAGMA)\b/i;

/** The most positions to try of an adoption, which is long, for each major; the two take turns. */
const MOST_OF_ADOPTION = { sqlite: 16, postgres: 12, mariadb: 12 } as const;

/**
 * The positions, from 1, of the statements before which a fault is injected: every one of a start on an empty
 * database. An adoption reads a lot, and a fault before a read finds the database as one before the next write does,
 * so there only writes are chosen from.
 */
export function positionsToTry(
  { engine, short, typeorm }: Context,
  origin: Origin,
  statements: readonly string[],
): readonly number[] {
  const all = statements.map((_, index) => index + 1);
  if (origin === 'empty') return short ? evenly(all, 3).slice(1) : all;
  const writes = all.filter((position) => !READS.test(statements[position - 1] ?? ''));
  if (short) return evenly(writes, 3).slice(1, 2);
  const turn = typeorm === 'typeorm' ? 0 : 1;
  return evenly(writes, 2 * MOST_OF_ADOPTION[engine]).filter((_, index) => index % 2 === turn);
}

/** At most that many, first and last included. */
export function evenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => items[Math.round(index * step)] as Item);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

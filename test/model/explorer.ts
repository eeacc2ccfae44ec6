/** Visits every world that any order of events leads to, those with the fewest faults first, each once. */
import { hash } from 'node:crypto';
import { mishaps } from './faults';
import type { Invariant } from './invariant-names';
import { violation } from './invariants';
import { type Event, steps } from './steps';
import { brokenAtEnd } from './rest';
import type { Suite } from './suites';
import type { World } from './world';
import { textOf } from './world-text';
import type { Setting } from './writer';

export interface Exploration {
  readonly states: number;
  /** How many of them have come to rest: nothing more happens without a fault. */
  readonly ends: number;
  readonly broken: { readonly invariant: Invariant; readonly trace: readonly string[] } | null;
}

interface Found {
  readonly world: World;
  readonly index: number;
}

export interface Exploring {
  /** A condition that the statements lack, or a step that the code leaves out. */
  readonly dropped?: string;
  /** Told of each world that has come to rest. */
  readonly atRest?: (world: World) => void;
}

/** Ends with the first violation, the one that takes the fewest faults. */
export function explore(
  { start, setting: given, faults, most }: Suite,
  { dropped, atRest }: Exploring = {},
): Exploration {
  const setting: Setting = { ...given, dropped };
  const indexes = new Map<string, number>();
  const parents: number[] = [];
  const texts: string[] = [];
  /** Steps without a fault, as pairs of indexes. */
  const edges: number[] = [];
  let ends = 0;
  const trace = (index: number): string[] => {
    const told: string[] = [];
    for (let at = index; at > 0; at = parents[at] ?? 0) told.unshift(texts[at] ?? '');
    return told;
  };
  const visit = (world: World, parent: number, text: string): Found | number => {
    const key = hash('sha1', textOf(world), 'base64');
    const known = indexes.get(key);
    if (known !== undefined) return known;
    const index = parents.length;
    indexes.set(key, index);
    parents.push(parent);
    texts.push(text);
    return { world, index };
  };
  const result = (broken: Exploration['broken']): Exploration => ({ states: parents.length, ends, broken });
  let level: Found[] = [visit(start, 0, '') as Found];
  for (let left = most; left >= 0; left -= 1) {
    const later: Found[] = [];
    for (const { world, index } of level) {
      const next = steps(world, setting);
      const wrong = next.length === 0 ? brokenAtEnd(world, setting) : null;
      if (wrong) return result({ invariant: wrong, trace: trace(index) });
      if (next.length === 0) {
        ends += 1;
        atRest?.(world);
      }
      const events: Event[] = left > 0 ? [...next, ...mishaps(world, setting, faults)] : next;
      for (const event of events) {
        const found = visit(event.world, index, event.text);
        if (!event.isFault) edges.push(index, typeof found === 'number' ? found : found.index);
        if (typeof found === 'number') continue;
        const invariant = violation(event.world);
        if (invariant) return result({ invariant, trace: trace(found.index) });
        (event.isFault ? later : level).push(found);
      }
    }
    level = later;
  }
  const stuck = onACircle(edges, parents.length);
  return result(stuck === null ? null : { invariant: 'nothing gets stuck', trace: trace(stuck) });
}

/** A world that can come again without a fault: then what is under way may never end. Null when there is none. */
function onACircle(edges: readonly number[], count: number): number | null {
  const incoming = new Int32Array(count);
  const first = new Int32Array(count).fill(-1);
  const following = new Int32Array(edges.length / 2);
  for (let edge = 0; edge < following.length; edge += 1) {
    const [from, to] = [edges[2 * edge] ?? 0, edges[2 * edge + 1] ?? 0];
    following[edge] = first[from] ?? -1;
    first[from] = edge;
    incoming[to] = (incoming[to] ?? 0) + 1;
  }
  const free: number[] = [];
  for (let index = 0; index < count; index += 1) if (incoming[index] === 0) free.push(index);
  for (const index of free) {
    for (let edge = first[index] ?? -1; edge >= 0; edge = following[edge] ?? -1) {
      const to = edges[2 * edge + 1] ?? 0;
      incoming[to] = (incoming[to] ?? 0) - 1;
      if (incoming[to] === 0) free.push(to);
    }
  }
  return free.length === count ? null : incoming.findIndex((left) => left > 0);
}

/** Calls that begin at fixed times, whether or not the last has ended: whoever has to wait is seen to wait. */
import { setTimeout } from 'node:timers/promises';

export interface Latencies {
  readonly p99Ms: number;
  readonly longestMs: number;
  readonly calls: number;
}

/** Calls until `end` settles. Each counts from when it should have begun. */
export async function paced(
  call: () => Promise<unknown>,
  everyMs: number,
  end: Promise<unknown>,
): Promise<Latencies> {
  const state = { overAt: Number.POSITIVE_INFINITY };
  const over = () => void (state.overAt = performance.now());
  void end.then(over, over);
  const took: number[] = [];
  const running: Promise<void>[] = [];
  const began = performance.now();
  for (let turn = 1; ; turn += 1) {
    const due = began + turn * everyMs;
    const early = due - performance.now();
    // Those that are due already begin together: each would else have to wait for a turn of the event loop of its own.
    if (early > 0) await setTimeout(early);
    // Those that a blocked event loop has kept from beginning before the end have waited, too.
    if (due > state.overAt) break;
    running.push(call().then(() => void took.push(performance.now() - due)));
  }
  await Promise.all(running);
  return { p99Ms: percentile(took, 0.99), longestMs: percentile(took, 1), calls: took.length };
}

export function percentile(list: readonly number[], part: number): number {
  const ordered = list.toSorted((a, b) => a - b);
  return ordered[Math.min(ordered.length - 1, Math.floor(part * ordered.length))] ?? Number.NaN;
}

/** Limits of `inTime` that end when a test says so, and not while a slow machine is still at work. */
import { onTestFinished, vi } from 'vitest';
import * as limits from '../../src/oauth/in-time';

interface Limit {
  readonly timeoutMs: number;
  readonly end: () => void;
}

/**
 * Until the test ends, no limit of `inTime` ends by itself.
 * @returns ends those that have begun by then and are no longer than so many milliseconds; default all
 */
export function holdLimits(): (ms?: number) => void {
  const held = new Set<Limit>();
  const holding = vi.spyOn(limits, 'inTime').mockImplementation(async (work, timeoutMs, late) => {
    let limit: Limit | undefined;
    const over = new Promise<void>((end) => {
      limit = { timeoutMs, end };
      held.add(limit);
    });
    try {
      return await Promise.race([work, over.then(late)]);
    } finally {
      if (limit) held.delete(limit);
    }
  });
  const endLimits = (ms = Number.POSITIVE_INFINITY) => {
    for (const { timeoutMs, end } of held) if (timeoutMs <= ms) end();
  };
  onTestFinished(() => {
    holding.mockRestore();
    endLimits();
  });
  return endLimits;
}

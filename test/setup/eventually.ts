/** Awaits what comes about by itself. */
import { vi } from 'vitest';

/** Repeats a check until it no longer throws, often, and long enough for a machine that has much else to do. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { interval: 5, timeout: 20_000 });
}

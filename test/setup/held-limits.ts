/** Time limits that end when a test says so, and not while a slow machine is still at work. */
import { onTestFinished, vi } from 'vitest';

export interface HeldLimits {
  /** Lets milliseconds pass at once. */
  pass(ms: number): void;
  /** Lets them pass once everything else that is ready in the process has had its turn. */
  passSoon(ms: number): void;
}

/** Until the test ends, no limit on how long other work may take ends by itself: limits are timers of this kind alone. */
export function holdLimits(): HeldLimits {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const pass = (ms: number) => void vi.advanceTimersByTime(ms);
  return { pass, passSoon: (ms) => void setImmediate(() => pass(ms)) };
}

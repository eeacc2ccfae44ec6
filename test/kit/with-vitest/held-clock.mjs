import { vi } from 'vitest';

/** Not `queueMicrotask`: without it, no Response can be read. */
const HELD = ['setTimeout', 'setInterval', 'setImmediate', 'nextTick', 'Date', 'performance', 'hrtime'];

export const clock = {
  holdClock: () => vi.useFakeTimers({ toFake: HELD }),
  passTime: (milliseconds) => vi.advanceTimersByTime(milliseconds),
  releaseClock: () => vi.useRealTimers(),
};

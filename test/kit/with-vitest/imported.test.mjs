import * as testing from 'mcp-connections/testing';
import { it, vi } from 'vitest';
import { scenarios } from '../scenarios.cjs';

/** Not `queueMicrotask`: without it, no Response can be read. */
const HELD = ['setTimeout', 'setInterval', 'setImmediate', 'nextTick', 'Date', 'performance', 'hrtime'];

const clock = {
  holdClock: () => vi.useFakeTimers({ toFake: HELD }),
  passTime: (milliseconds) => vi.advanceTimersByTime(milliseconds),
  releaseClock: () => vi.useRealTimers(),
};

it.each(scenarios(testing, clock))('%s', (_title, body) => body());

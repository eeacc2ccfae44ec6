import * as testing from 'mcp-connections/testing';
import { scenarios } from '../scenarios.cjs';

const { jest } = import.meta;

const clock = {
  holdClock: () => jest.useFakeTimers(),
  passTime: (milliseconds) => jest.advanceTimersByTime(milliseconds),
  releaseClock: () => jest.useRealTimers(),
};

test.each(scenarios(testing, clock))('%s', (_title, body) => body());

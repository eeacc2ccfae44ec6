const testing = require('mcp-connections/testing');
const { scenarios } = require('../scenarios.cjs');

// Everything that Jest can hold, `process.nextTick` and `queueMicrotask` included.
const clock = {
  holdClock: () => jest.useFakeTimers(),
  passTime: (milliseconds) => jest.advanceTimersByTime(milliseconds),
  releaseClock: () => jest.useRealTimers(),
};

test.each(scenarios(testing, clock))('%s', (_title, body) => body());

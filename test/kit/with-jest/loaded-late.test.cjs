const { scenarios } = require('../scenarios.cjs');

jest.useFakeTimers();

const held = {
  holdClock() {},
  passTime: (milliseconds) => jest.advanceTimersByTime(milliseconds),
  releaseClock() {},
};

test.each(scenarios(require('mcp-connections/testing'), held))('%s', (_title, body) => body());

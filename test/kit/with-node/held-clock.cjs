const { mock } = require('node:test');

exports.clock = {
  holdClock: () => mock.timers.enable({ now: Date.now() }),
  passTime: (milliseconds) => mock.timers.tick(milliseconds),
  releaseClock: () => mock.timers.reset(),
};

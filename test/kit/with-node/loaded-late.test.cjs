const { after, test } = require('node:test');
const { scenarios } = require('../scenarios.cjs');
const { clock } = require('./held-clock.cjs');

clock.holdClock();
after(clock.releaseClock);

const held = { ...clock, holdClock() {}, releaseClock() {} };
for (const [title, body] of scenarios(require('mcp-connections/testing'), held)) test(title, body);

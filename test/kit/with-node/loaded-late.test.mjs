import { after, test } from 'node:test';
import { scenarios } from '../scenarios.cjs';
import { clock } from './held-clock.cjs';

clock.holdClock();
after(clock.releaseClock);

const held = { ...clock, holdClock() {}, releaseClock() {} };
for (const [title, body] of scenarios(await import('mcp-connections/testing'), held)) test(title, body);

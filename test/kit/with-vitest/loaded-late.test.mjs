import { afterAll, it } from 'vitest';
import { scenarios } from '../scenarios.cjs';
import { clock } from './held-clock.mjs';

clock.holdClock();
afterAll(clock.releaseClock);

const held = { ...clock, holdClock() {}, releaseClock() {} };
it.each(scenarios(await import('mcp-connections/testing'), held))('%s', (_title, body) => body());

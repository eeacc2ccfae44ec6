import * as testing from 'mcp-connections/testing';
import { it } from 'vitest';
import { scenarios } from '../scenarios.cjs';
import { clock } from './held-clock.mjs';

it.each(scenarios(testing, clock))('%s', (_title, body) => body());

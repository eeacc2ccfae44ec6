import { test } from 'node:test';
import * as testing from 'mcp-connections/testing';
import { scenarios } from '../scenarios.cjs';
import { clock } from './held-clock.cjs';

for (const [title, body] of scenarios(testing, clock)) test(title, body);

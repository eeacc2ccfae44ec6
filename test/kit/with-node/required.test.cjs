const { test } = require('node:test');
const testing = require('mcp-connections/testing');
const { scenarios } = require('../scenarios.cjs');
const { clock } = require('./held-clock.cjs');

for (const [title, body] of scenarios(testing, clock)) test(title, body);

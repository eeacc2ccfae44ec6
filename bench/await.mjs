/**
 * What an await of the host costs before `initialize()` and after it, in nanoseconds: medians over fresh processes.
 * `npm run bench:await [-- --json FILE]`. It measures dist/.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const RUNS = 9;
const { values } = parseArgs({ options: { json: { type: 'string' } } });

const program = `
  const { MetadataStore } = require('mcp-connections');
  const AWAITS = 2_000_000;

  async function nanosecondsPerAwait() {
    const start = performance.now();
    for (let done = 0; done < AWAITS; done += 1) await done;
    return ((performance.now() - start) * 1e6) / AWAITS;
  }

  async function main() {
    await nanosecondsPerAwait();
    const before = await nanosecondsPerAwait();
    const dataSource = { type: 'better-sqlite3', database: ':memory:' };
    await new MetadataStore({ dataSource, config: '{"mcpServers": {}}' }).initialize();
    await nanosecondsPerAwait();
    console.log(JSON.stringify([before, await nanosecondsPerAwait()]));
  }
  void main();
`;

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const runs = Array.from({ length: RUNS }, () =>
  JSON.parse(execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], { encoding: 'utf8' })),
);
const row = {
  bench: 'await',
  before_ns: Math.round(median(runs.map(([before]) => before))),
  after_ns: Math.round(median(runs.map(([, after]) => after))),
};

console.log(`An await, medians of ${RUNS} fresh processes, Node ${process.version}`);
console.log(`  before initialize() ${row.before_ns} ns, after it ${row.after_ns} ns`);
if (values.json) writeFileSync(values.json, `${JSON.stringify([row], null, 2)}\n`);

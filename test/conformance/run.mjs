/**
 * The authorization scenarios of the official MCP conformance suite, with each version of the protocol that they are for:
 * `npm run test:conformance [-- NAME]`, where NAME is a part of a scenario's name. The suite wants Node.js 22; `host.ts`
 * runs on the Node.js that runs this. Two scenarios run at a time, since the suite has a time limit for each.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNode } from '../../scripts/install-node.mjs';

/** Scenarios that fail, and why. One that passes fails the run, so that this list only gets shorter. */
const KNOWN_FAILURES = new Map([
  ['auth/2025-03-26-oauth-endpoint-fallback', 'no endpoints are assumed where a server has no metadata'],
]);

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const suite = here('node_modules/@modelcontextprotocol/conformance/dist/index.js');
const host = [
  process.execPath,
  here('../../node_modules/tsx/dist/cli.mjs'),
  '--tsconfig',
  here('built.tsconfig.json'),
  here('host.ts'),
];
const command = host.map((part) => JSON.stringify(part)).join(' ');

const folder = mkdtempSync(join(tmpdir(), 'mcp-connections-conformance-'));
const counts = { passed: 0, failed: 0, known: 0 };
const checks = { passed: 0, all: 0 };
try {
  const node = suitesNode();
  const all = scenarios(node);
  const runs = all.filter(({ scenario }) => scenario.includes(process.argv[2] ?? ''));
  if (runs.length === 0) throw new Error('No scenario has that name.');
  const unknown = [...KNOWN_FAILURES.keys()].find((name) => !all.some(({ scenario }) => scenario === name));
  if (unknown !== undefined) throw new Error(`The suite has no ${unknown}: take it off the list.`);
  const lane = async () => {
    for (let run = runs.shift(); run; run = runs.shift()) judge(run, await outcome(node, run));
  };
  await Promise.all([lane(), lane()]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { version } = JSON.parse(
  readFileSync(here('node_modules/@modelcontextprotocol/conformance/package.json'), 'utf8'),
);
console.log(
  `\n${checks.passed} of ${checks.all} checks of suite ${version} passed. What is known to fail counts as skipped.`,
);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.known} skipped`);
if (counts.failed > 0) process.exitCode = 1;

function suitesNode() {
  const major = Number.parseInt(process.versions.node, 10);
  return major >= 22 ? process.execPath : installNode('22', join(folder, 'node')).program;
}

function scenarios(node) {
  const list = execFileSync(node, [suite, 'list'], { encoding: 'utf8' });
  return [...list.matchAll(/^ *- (auth\/\S+) \[(.*)\]$/gm)].flatMap(([, scenario, tags]) =>
    tags
      .split(',')
      .filter((tag) => /^\d/.test(tag))
      .map((protocol) => ({ scenario, protocol })),
  );
}

async function outcome(node, { scenario, protocol }) {
  const options = ['--command', command, '--scenario', scenario, '--spec-version', protocol];
  const child = spawn(node, [suite, 'client', ...options], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, output };
}

function judge({ scenario, protocol }, { code, output }) {
  const [, passed = '0', all = '0'] = /^Passed: (\d+)\/(\d+)/m.exec(output) ?? [];
  checks.passed += Number(passed);
  checks.all += Number(all);
  const reason = KNOWN_FAILURES.get(scenario);
  const hasPassed = code === 0;
  const verdict = hasPassed ? 'passes' : 'fails';
  const isWrong = hasPassed === (reason !== undefined);
  counts[isWrong ? 'failed' : hasPassed ? 'passed' : 'known'] += 1;
  const remark =
    reason === undefined ? '' : hasPassed ? ': take it off the list' : `, as is known: ${reason}`;
  console.log(`${scenario} ${protocol}: ${passed} of ${all} checks, ${verdict}${remark}`);
  if (isWrong && !hasPassed) console.log(output);
}

/**
 * The suite on other releases of Node.js: `npm run test:node [-- 22 24 26]`. Each gets a copy of the checkout, so that the
 * native drivers of this one stay as they are. Ends with the counts of each.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNode } from './install-node.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26'];
/** Node.js 24 aborts in the objects of 12, as the README says. 13 brings its compiled files along. */
const BETTER_SQLITE3_13 = [
  'install',
  '--no-save',
  '--legacy-peer-deps',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  'better-sqlite3@13',
];
const outcomes = [];

for (const major of majors) {
  const folder = mkdtempSync(join(tmpdir(), `mcp-connections-node${major}-`));
  try {
    outcomes.push(testOn(major, folder));
  } catch (error) {
    outcomes.push({
      version: `${major}, which did not come to an end (${error.message})`,
      passed: 0,
      failed: 1,
      skipped: 0,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
for (const { version, status, passed, failed, skipped } of outcomes) {
  const ended = status === 0 ? '' : ', and the run did not end well: see above';
  console.log(`Node.js ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped${ended}`);
}
if (outcomes.some(({ status }) => status !== 0)) process.exitCode = 1;

function testOn(major, folder) {
  const node = installNode(major, join(folder, 'node'));
  const version = execFileSync(node.program, ['--version'], { encoding: 'utf8' }).trim();
  const checkout = join(folder, 'checkout');
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const file of tracked.toString().split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(checkout, file)), { recursive: true });
    cpSync(join(root, file), join(checkout, file));
  }
  const env = {
    ...process.env,
    PATH: `${dirname(node.program)}${delimiter}${process.env.PATH}`,
    npm_config_nodedir: node.headers,
  };
  const options = { cwd: checkout, env, stdio: 'inherit' };
  console.log(`\nNode.js ${version}`);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], options);
  const takes13 = Number.parseInt(version.slice(1), 10) >= 24;
  if (takes13) execFileSync('npm', BETTER_SQLITE3_13, options);
  execFileSync('npm', ['rebuild', 'sqlite3', 'esbuild', ...(takes13 ? [] : ['better-sqlite3'])], options);
  const json = join(folder, 'results.json');
  const { status } = spawnSync(
    node.program,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=./test/setup/engines-reporter.ts',
      '--reporter=json',
      `--outputFile.json=${json}`,
    ],
    options,
  );
  const counts = JSON.parse(readFileSync(json, 'utf8'));
  return {
    version,
    status,
    passed: counts.numPassedTests,
    failed: counts.numFailedTests,
    skipped: counts.numPendingTests + counts.numTodoTests,
  };
}

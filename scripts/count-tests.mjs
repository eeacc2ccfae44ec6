/**
 * Adds up the JSON results of vitest and Jest in a folder and prints them as one line: `N passed, N failed, N skipped`.
 * `long.json` is of the tests with the tag `long`, all others are of those without; what a run leaves to the other is not skipped,
 * nor are the long tests of the rest on TypeORM 0.3, which are run before a release.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of readdirSync(folder)) {
  const { testResults } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const isOfThisRun = ({ tags = [] }) => tags.includes('long') === (file === 'long.json');
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (...states) => tests.filter(({ status }) => states.includes(status));
  total.passed += count('passed').length;
  // Of a file that cannot be read, or whose set-up failed, no test has failed.
  const unread = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  total.failed += count('failed').length + unread.length;
  total.skipped += count('skipped', 'pending', 'todo').filter(isOfThisRun).length;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);

/**
 * The suite on other servers than those of the machine: `npm run test:engines [-- pg12 pgbouncer ...]`. Each server is
 * started on a free port and stopped in the end. Ends with a table, and with exit code 1 if anything failed.
 */
import type { Row } from './row';
import { printFindings, printTable } from './row';
import { targets } from './targets';

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : Object.keys(targets);
const unknown = names.filter((name) => !Object.hasOwn(targets, name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Known: ${Object.keys(targets).join(', ')}.`);
  process.exit(1);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}

const rows: Row[] = [];
for (const name of names) {
  if (stopping.signal.aborted) break;
  rows.push(...((await targets[name]?.(stopping.signal)) ?? []));
}
console.log('');
for (const row of rows) printFindings(row);
console.log('');
printTable(rows);
if (stopping.signal.aborted || rows.some(({ isBad }) => isBad)) process.exitCode = 1;

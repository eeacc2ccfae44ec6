/** Prints a sync's report as a table: a row for each connection and, under it, each changed field from and to. */
import type { SyncReport } from 'mcp-connections';

interface Row {
  readonly name: string;
  readonly outcome: string;
  readonly changes?: SyncReport['updated'][number]['changes'];
}

export function printReport(title: string, report: SyncReport): void {
  if (!report.readable) process.exitCode = 1;
  const rows: Row[] = [
    ...report.created.map((name) => ({ name, outcome: 'created' })),
    ...report.adopted.map((change) => ({ ...change, outcome: 'adopted' })),
    ...report.updated.map((change) => ({ ...change, outcome: 'updated' })),
    ...report.removed.map(({ name, action }) => ({ name, outcome: `no longer declared, ${action}` })),
    ...report.withheld.map(({ name, reason }) => ({
      name,
      outcome: `unchanged: ${reason.replaceAll('_', ' ')}`,
    })),
    ...report.conflicts.map(({ name, managedBy }) => ({
      name,
      outcome: `conflict, belongs to ${managedBy}`,
    })),
    ...report.rejected.map(({ name }) => ({ name, outcome: 'rejected, its row is unchanged' })),
    ...report.unchanged.map((name) => ({ name, outcome: 'unchanged' })),
    ...report.skipped.map(({ name, reason }) => ({ name, outcome: `skipped: ${reason}` })),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const width = Math.max(10, ...rows.map(({ name }) => name.length)) + 2;

  console.log(`\n${title}\n`);
  console.log(`  ${'connection'.padEnd(width)}outcome`);
  console.log(`  ${'-'.repeat(width - 2)}  ${'-'.repeat(40)}`);
  for (const { name, outcome, changes = [] } of rows) {
    console.log(`  ${name.padEnd(width)}${outcome}`);
    for (const { field, from, to } of changes) {
      console.log(`  ${''.padEnd(width)}  ${field}`);
      console.log(`  ${''.padEnd(width)}    from ${JSON.stringify(from)}`);
      console.log(`  ${''.padEnd(width)}    to   ${JSON.stringify(to)}`);
    }
  }
  if (report.problems.length > 0) console.log('\n  found in the declaration');
  for (const { severity, path, message } of report.problems)
    console.log(`  ${severity.padEnd(9)}${path}: ${message}`);
}

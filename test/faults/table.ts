/** What a run prints: what each scenario found as it ends, and the table at the end. */
import type { Performed } from './lane';
import { scenarios } from './scenarios';

interface TableRecord {
  readonly scenario: string;
  readonly engine: string;
  readonly typeorm: string;
  readonly rounds: number;
  readonly faults: number;
  readonly lost: number;
  readonly wrong: number;
}

const columns = ['scenario', 'engine', 'typeorm', 'rounds', 'faults', 'lost', 'wrong'] as const;
const versions = { typeorm: '1.x', 'typeorm-0.3': '0.3' } as const;
/** A broken build says the same thing of every round. */
const MOST_LINES = 25;

/** One for each scenario, engine and major, in the order of the scenarios. */
export function records(performed: readonly Performed[]): readonly TableRecord[] {
  const place = ({ scenario }: Performed) => scenarios.indexOf(scenario);
  return performed
    .toSorted((a, b) => place(a) - place(b) || a.engine.localeCompare(b.engine))
    .map(({ scenario, engine, typeorm, result }) => ({
      scenario: scenario.name,
      engine: scenario.withoutDatabase ? '-' : engine,
      typeorm: scenario.withoutDatabase ? '-' : versions[typeorm],
      rounds: result.rounds,
      faults: result.faults,
      lost: result.lost.length,
      wrong: result.wrong.length,
    }));
}

export function printFindings({ scenario, engine, typeorm, seconds, result }: Performed): void {
  const { lost, wrong, notes } = result;
  const bad = [...lost.map((text) => `LOST ${text}`), ...wrong.map((text) => `WRONG ${text}`)];
  const verdict = bad.length === 0 ? 'ok' : `${bad.length} findings`;
  console.log(
    `${scenario.name} (${engine}, TypeORM ${versions[typeorm]}): ${verdict}, ${seconds.toFixed(1)} s`,
  );
  for (const text of [...notes, ...bad.slice(0, MOST_LINES)]) console.log(`  ${text}`);
  if (bad.length > MOST_LINES) console.log(`  and ${bad.length - MOST_LINES} more`);
}

export function printTable(performed: readonly Performed[]): void {
  const rows = records(performed).map((record) => columns.map((column) => String(record[column])));
  const widths = columns.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const print = (cells: readonly string[]) => {
    const padded = cells.map((cell, index) =>
      index < 3 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    console.log(padded.join('  '));
  };
  console.log('');
  print(columns);
  print(widths.map((width) => '-'.repeat(width)));
  for (const row of rows) print(row);
}

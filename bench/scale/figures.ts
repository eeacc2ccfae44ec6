/** What was measured, and the table of it. */
import type { EngineName } from '../engines';

type Unit = 'times' | 'ms' | 'MB' | 'exponent' | 'share' | 'count';

export interface Outcome {
  readonly job: string;
  /** What one unit of its work took, in milliseconds: to see how that grows with the table. */
  readonly timeMs?: number;
  readonly measures: readonly (readonly [measure: string, value: number, unit: Unit])[];
}

export interface Figure {
  readonly bench: 'scale';
  readonly engine: EngineName;
  readonly job: string;
  /** In the table of tokens. */
  readonly rows: number;
  readonly measure: string;
  readonly value: number;
  readonly unit: Unit;
}

const digits: Readonly<Record<Unit, number>> = { times: 2, ms: 1, MB: 0, exponent: 2, share: 2, count: 0 };

export function figuresOf(outcomes: readonly Outcome[], engine: EngineName, rows: number): Figure[] {
  return outcomes.flatMap(({ job, measures }) =>
    measures.map(([measure, value, unit]) => ({
      bench: 'scale' as const,
      engine,
      job,
      rows,
      measure,
      value: Number(value.toFixed(3)),
      unit,
    })),
  );
}

/** Adds how the time of each job grows with the table: 0 when it stays, 1 when it grows as the table does. */
export function withGrowth(
  small: readonly Outcome[],
  large: readonly Outcome[],
  factor: number,
): readonly Outcome[] {
  return large.map((outcome) => {
    const { job, timeMs = Number.NaN, measures } = outcome;
    const before = small.find((other) => other.job === job)?.timeMs ?? Number.NaN;
    const exponent = Math.log(timeMs / before) / Math.log(factor);
    if (Number.isNaN(exponent)) return outcome;
    return { ...outcome, measures: [...measures, ['growth exponent', exponent, 'exponent'] as const] };
  });
}

/** One line for each measure of a job, one column for each engine. */
export function printTable(figures: readonly Figure[], engines: readonly EngineName[]): void {
  console.log(`\n| job | measure | ${engines.join(' | ')} |`);
  console.log(`| --- | --- |${' ---: |'.repeat(engines.length)}`);
  const lineOf = ({ job, measure }: Figure) => `${job} | ${measure}`;
  for (const line of new Set(figures.map(lineOf))) {
    const cells = engines.map((engine) => {
      const found = figures.find((figure) => figure.engine === engine && lineOf(figure) === line);
      return found ? cell(found) : '';
    });
    console.log(`| ${line} | ${cells.join(' | ')} |`);
  }
}

function cell({ value, unit }: Figure): string {
  const text = value.toFixed(digits[unit]);
  return unit === 'ms' || unit === 'MB' ? `${text} ${unit}` : text;
}

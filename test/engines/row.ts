/** A row of the table: what ran against one server and what came of it. */

export interface Row {
  readonly server: string;
  readonly version: string;
  /** What ran, in a few words. */
  readonly ran: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What did not pass, or why nothing ran, a line each. */
  readonly findings: readonly string[];
  /** Whether the run as a whole fails for it. */
  readonly isBad: boolean;
}

const columns = ['server', 'version', 'ran', 'passed', 'failed', 'skipped', 'seconds'] as const;

/** In Markdown, so that it can be copied into docs/engines.md. */
export function printTable(rows: readonly Row[]): void {
  const cells = rows.map((row) =>
    columns.map((column) => (column === 'seconds' ? row.seconds.toFixed(0) : String(row[column]))),
  );
  const widths = columns.map((title, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const print = (line: readonly string[]) => {
    const padded = line.map((cell, index) =>
      index < 3 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    console.log(`| ${padded.join(' | ')} |`);
  };
  print(columns);
  print(widths.map((width) => '-'.repeat(width)));
  for (const line of cells) print(line);
}

export function printFindings({ server, ran, findings }: Row): void {
  for (const finding of findings) console.log(`${server}, ${ran}: ${finding}`);
}

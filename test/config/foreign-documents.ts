/**
 * The configuration files of other programs in `foreign/`, with invented names. Each format has what reading it says and,
 * where that is an error, the same connection as it is written here.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Format {
  /** Which of the program's formats; none where it has one. */
  readonly format?: string;
  readonly document: unknown;
  /** What becomes of each entry, and what is said of it. */
  readonly outcome: readonly string[];
  /** The document as the problems say to write it, where there is an error. */
  readonly corrected?: unknown;
  /** What becomes of that one. */
  readonly meant?: readonly string[];
}

const folder = join(import.meta.dirname, 'foreign');

export const foreignDocuments = readdirSync(folder).flatMap((file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const { program, formats } = JSON.parse(text) as { program: string; formats: Format[] };
  return formats.map((format) => ({ program, ...format, title: `${program} ${format.format ?? ''}`.trim() }));
});

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

interface Program {
  readonly program: string;
  readonly formats: readonly Format[];
}

const folder = join(import.meta.dirname, 'foreign');

export const programs = readdirSync(folder).map(
  (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Program,
);

/** Each format with a title of its own. */
export const foreignDocuments = programs.flatMap(({ program, formats }) =>
  formats.map((format): [string, Format] => [`${program} ${format.format ?? ''}`.trim(), format]),
);

/** SQL of SQLite, which has no network: one INSERT for each row, prepared once. */
import type { Dialect } from '../dialect';
import { doubleQuoted } from '../path';
import { amongAlternatives } from '../sql/alternatives';
import { afterBoth, inList } from '../sql/conditions';
import { overwritingOnConflict, rowByRow } from '../sql/batch';

export const sqliteDialect: Dialect = {
  // A transaction locks the whole file.
  rowLock: '',
  placeholder: () => '?',
  instantFromNow: (milliseconds) =>
    `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${(milliseconds / 1000).toFixed(3)} seconds')`,
  exactText: (text) => `${text} COLLATE BINARY`,
  lines: (texts) => texts.join(` || '\n' || `),
  among: inList,
  after: afterBoth,
  lookup: amongAlternatives,
  insert: (batch) => rowByRow(batch, doubleQuoted),
  overwrite: (batch, key, assigned) => rowByRow(batch, doubleQuoted, overwritingOnConflict(key, assigned)),
};

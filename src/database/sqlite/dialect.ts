/** SQL of SQLite, which has no network: one INSERT for each row, prepared once; and what its errors mean. */
import type { Dialect } from '../dialect';
import type { DatabaseFailure } from '../failure';
import { driverError } from '../failure';
import { doubleQuoted } from '../names';
import { overwritingOnConflict, rowByRow } from '../sql/batch';
import { afterBoth, amongAlternatives, inList } from '../sql/keys';

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

/** A commit that finds the file busy, or a constraint broken, was not carried out. */
export function isCertain(error: unknown): boolean {
  return ['busy', 'constraint'].includes(sqliteFailure(error));
}

/** Partly by message: the package sqlite3 gives no extended error codes, and sql.js none at all. */
export function sqliteFailure(error: unknown): DatabaseFailure {
  const { code, message } = driverError(error);
  if (message.includes('no such table')) return 'missing_table';
  if (message.includes('no such column') || message.includes('has no column named')) return 'missing_column';
  if (message.includes('UNIQUE constraint failed')) return 'duplicate_key';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  if (code.startsWith('SQLITE_READONLY')) return 'read_only';
  if (code.startsWith('SQLITE_CONSTRAINT') || message.includes(' constraint failed')) return 'constraint';
  return 'other';
}

/** Classifies errors of SQLite, partly by message: the package sqlite3 gives no extended error codes, and sql.js none at all. */
import type { DatabaseFailure } from '../failure';
import { driverError } from '../failure';

/** A commit that finds the file busy, or a constraint broken, was not carried out. */
export function isCertain(error: unknown): boolean {
  return ['busy', 'constraint'].includes(sqliteFailure(error));
}

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

/** What a database's failure to read or write means to the host, and what to do about it. */
import { ConnectionsError, describeError } from '../errors';
import type { Engine } from './engine';

/** @param doing begins the message, as in `Reading the connections` */
export function databaseError(engine: Engine, error: unknown, doing: string): ConnectionsError {
  if (error instanceof ConnectionsError) return error;
  const because = `(${engine.label}: ${describeError(error)})`;
  const said = (code: ConstructorParameters<typeof ConnectionsError>[0], message: string) =>
    new ConnectionsError(code, `${doing} ${message}`, { cause: error });
  switch (engine.failure(error)) {
    case 'missing_table':
      return said(
        'tables_missing',
        `failed: the tables are not there ${because}. Call \`await runConnectionMigrations(dataSource)\` first.`,
      );
    case 'missing_column':
      return said(
        'schema_outdated',
        `failed: the table lacks a column ${because}. Call \`await runConnectionMigrations(dataSource)\` first; if it ` +
          'has run, the column was taken away since, or a revert was cut off: finish that with `revertConnectionMigration`.',
      );
    case 'busy':
    case 'contended':
      return said(
        'database_busy',
        `waited too long for another transaction ${because}. Nothing was written; try again when it has ended.`,
      );
    case 'read_only':
      return said('database_failed', `failed: the database is read-only ${because}. Nothing was written.`);
    case 'denied':
      return said(
        'database_failed',
        `failed: this role may not do that ${because}. It needs SELECT, INSERT, UPDATE and DELETE on the ` +
          'connection tables. Nothing was written.',
      );
    default:
      return said(
        'database_failed',
        `failed and nothing was written ${because}. Try again when the database is well.`,
      );
  }
}

/** Turns a driver's error into a `ConnectionsError` that says what to do. */
import { ConnectionsError, describeError } from '../errors';
import type { Engine } from './engine';
import type { DatabaseFailure } from './failure';
import { CommitFailure, NoAnswer, TransactionLost } from './failure';

/** @param doing the subject of the message, as in `Reading the connections` */
export function databaseError(engine: Engine, error: unknown, doing: string): ConnectionsError {
  if (error instanceof ConnectionsError) return error;
  if (error instanceof CommitFailure) return uncertainError(engine, error, doing);
  const because = `(${engine.label}: ${describeError(error)})`;
  const explain = (code: ConstructorParameters<typeof ConnectionsError>[0], message: string) =>
    new ConnectionsError(code, `${doing} ${message}`, { cause: error });
  if (error instanceof NoAnswer) {
    return explain(
      'database_busy',
      `took longer than ${error.limitMs} ms (${engine.label}): another transaction has locked the table, or the connection leads ` +
        'nowhere, as after a failover. The connection was closed. Nothing was written. Try again.',
    );
  }
  if (error instanceof TransactionLost) {
    return explain(
      'transaction_rolled_back',
      `failed, and the database has rolled back your whole transaction (${engine.label}: ${describeError(error.cause)}): nothing ` +
        'that was written in it is kept. Start the transaction again, from its beginning.',
    );
  }
  switch (engine.failure(error)) {
    case 'missing_table':
      return explain(
        'tables_missing',
        `failed: a connection table does not exist ${because}. Call \`await runConnectionMigrations(dataSource)\` first.`,
      );
    case 'missing_column':
      return explain(
        'schema_outdated',
        `failed: a connection table lacks a column ${because}. Call \`await runConnectionMigrations(dataSource)\` first. ` +
          'If every migration has run, either the column was dropped afterwards: add it again with ALTER TABLE; or a revert ' +
          'was interrupted: call `revertConnectionMigration` again to finish it.',
      );
    case 'busy':
      return explain(
        'database_busy',
        `waited too long for a lock that another transaction or process holds ${because}. Nothing was written. Try again ` +
          'when it has ended, or raise `lockTimeoutMs`.',
      );
    case 'contended':
      return explain(
        'database_busy',
        `failed: another transaction changed or locked the same rows ${because}. Nothing was written. Try again.`,
      );
    case 'read_only':
      return explain(
        'database_failed',
        `failed: the database is read-only ${because}. Nothing was written. Connect the DataSource to a server or file that ` +
          'can be written.',
      );
    case 'denied':
      return explain(
        'database_failed',
        `failed: the database role lacks a privilege ${because}. Nothing was written. Grant it SELECT, INSERT, UPDATE and ` +
          'DELETE on the connection tables.',
      );
    default:
      return explain(
        'database_failed',
        `failed ${because}. Nothing was written. Correct the cause that the database reports, then try again.`,
      );
  }
}

const lasting: ReadonlySet<DatabaseFailure> = new Set([
  'missing_table',
  'missing_column',
  'denied',
  'constraint',
]);

/** Whether an error of `databaseError` would come again, however often the same is tried. */
export function isLasting(engine: Engine, error: unknown): boolean {
  return error instanceof ConnectionsError && lasting.has(engine.failure(error.cause));
}

/** Whether an error of `databaseError` leaves open what the database did. */
export function isUncertain(error: unknown): boolean {
  return error instanceof ConnectionsError && error.cause instanceof CommitFailure;
}

function uncertainError(engine: Engine, error: CommitFailure, doing: string): ConnectionsError {
  return new ConnectionsError(
    'database_failed',
    `${doing} failed (${engine.label}: ${describeError(error.cause)}) while it was committed, so that it may have been done. Correct ` +
      'the cause that the database reports, then look whether it was.',
    { cause: error },
  );
}

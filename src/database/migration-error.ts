/** Turns a driver's error during migrations into a `ConnectionsError` that says what to do. */
import { ConnectionsError, describeError, quote } from '../errors';
import type { Engine } from './engine';

/** For an error while the migration history is read. */
export function historyError(engine: Engine, historyTable: string, error: unknown): ConnectionsError {
  const table = quote(historyTable);
  const because = `(${engine.label}: ${describeError(error)})`;
  const failure = engine.failure(error);
  if (failure === 'busy') {
    return new ConnectionsError(
      'database_busy',
      `Reading ${table} waited too long for a lock of another transaction ${because}. End that transaction and start ` +
        'again, or raise `lockTimeoutMs`.',
      { cause: error },
    );
  }
  const advice =
    failure === 'denied'
      ? `Grant the database role SELECT on ${table} and on the connection tables.`
      : failure === 'missing_column'
        ? 'A table of that name exists that is not a migration history. Rename it, or give the DataSource an `entityPrefix`.'
        : 'Correct the cause that the database reports, then start again.';
  return new ConnectionsError('migration_failed', `Reading ${table} failed ${because}. ${advice}`, {
    cause: error,
  });
}

/** What was being done with migrations. */
export type MigrationWork = 'run' | 'revert';

/** For an error while migrations run or are reverted; a `ConnectionsError` is returned unchanged. */
export function migrationError(engine: Engine, error: unknown, work: MigrationWork): ConnectionsError {
  if (error instanceof ConnectionsError) return error;
  removeRowData(error);
  const failure = engine.failure(error);
  const isRevert = work === 'revert';
  const again = isRevert ? 'revert again' : 'start again';
  const continued = isRevert ? 'only another revert continues' : 'the next start continues';
  const state = engine.schema.undoesDdl
    ? 'Nothing was changed.'
    : `Completed steps are kept, and ${continued} after them.`;
  if (failure === 'busy') {
    return new ConnectionsError(
      'database_busy',
      `A migration waited too long for a lock of another transaction (${engine.label}: ${describeError(error)}). ` +
        `${state} End that transaction and ${again}, or raise \`lockTimeoutMs\`.`,
      { cause: error },
    );
  }
  const advice =
    failure === 'missing_schema'
      ? 'Create the schema that the DataSource names (`CREATE SCHEMA`), then start again.'
      : failure === 'denied' || failure === 'read_only'
        ? 'Call `await runConnectionMigrations(dataSource)` with a role that may create and alter tables, then start this ' +
          "program with `migrations: 'check'`."
        : `${state} Correct the cause that the database reports, then ${again}.`;
  return new ConnectionsError(
    'migration_failed',
    `A migration failed on ${engine.label}: ${describeError(error)}. ${advice}`,
    { cause: error },
  );
}

/** PostgreSQL quotes whole rows, with encrypted tokens, in an error's detail, which TypeORM copies to its own error. */
function removeRowData(error: unknown): void {
  for (const holder of [error, (error as { driverError?: unknown } | null)?.driverError]) {
    if (typeof holder === 'object' && holder !== null) {
      for (const key of ['detail', 'where']) Reflect.deleteProperty(holder, key);
    }
  }
}

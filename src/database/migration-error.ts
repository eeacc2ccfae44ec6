/** What a database's failure during a migration means to the host, and what to do about it. */
import { ConnectionsError, describeError, quote } from '../errors';
import type { Engine } from './engine';

/** Of reading what has run. */
export function historyError(engine: Engine, historyTable: string, error: unknown): ConnectionsError {
  const table = quote(historyTable);
  const because = `(${engine.label}: ${describeError(error)})`;
  const failure = engine.failure(error);
  if (failure === 'busy') {
    return new ConnectionsError(
      'database_busy',
      `Reading ${table} waited too long for another transaction ${because}. Start again when it has ended.`,
      { cause: error },
    );
  }
  const advice =
    failure === 'denied'
      ? `Grant this role SELECT on ${table} and on the connection tables.`
      : failure === 'missing_column'
        ? 'There is a table of that name that is not ours: rename it, or give the DataSource an `entityPrefix`.'
        : 'Start again when the database is well.';
  return new ConnectionsError('migration_failed', `Reading ${table} failed ${because}. ${advice}`, {
    cause: error,
  });
}

/** Of running what has not; an error of our own is passed on. */
export function migrationError(engine: Engine, error: unknown): ConnectionsError {
  if (error instanceof ConnectionsError) return error;
  withoutRows(error);
  const failure = engine.failure(error);
  if (failure === 'busy') {
    return new ConnectionsError(
      'database_busy',
      `Migrating waited too long for another transaction to end (${engine.label}: ${describeError(error)}). ` +
        'Nothing is half done: end that transaction and start again, or give a longer `lockTimeoutMs`.',
      { cause: error },
    );
  }
  const advice =
    failure === 'missing_schema'
      ? 'Create the schema that the DataSource names, then start again.'
      : failure === 'denied' || failure === 'read_only'
        ? "Run `runConnectionMigrations(dataSource)` as a role that may change tables, and start with `migrations: 'check'`."
        : engine.undoesDdl
          ? 'Nothing was changed. Mend what the database says, then start again.'
          : 'What was done so far is kept, and the next start goes on from there: mend what the database says first.';
  return new ConnectionsError(
    'migration_failed',
    `A migration failed on ${engine.label}: ${describeError(error)}. ${advice}`,
    { cause: error },
  );
}

/** PostgreSQL quotes whole rows in an error's detail, encrypted tokens among them; TypeORM copies it. */
function withoutRows(error: unknown): void {
  for (const holder of [error, (error as { driverError?: unknown } | null)?.driverError]) {
    if (typeof holder === 'object' && holder !== null) {
      for (const key of ['detail', 'where']) Reflect.deleteProperty(holder, key);
    }
  }
}

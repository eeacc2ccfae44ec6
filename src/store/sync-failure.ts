/** The errors in which a store says that a sync did not come through, or not whole. */
import { ConnectionsError, describeError } from '../errors';
import type { SyncReport } from '../sync/report';
import { reportLines } from '../sync/report';

/** What stopped a sync, as the error that is kept in `lastSync`. */
export function syncFailure(thrown: unknown): ConnectionsError {
  if (thrown instanceof ConnectionsError) return thrown;
  return new ConnectionsError('database_failed', `The sync failed: ${describeError(thrown)}`, {
    cause: thrown,
  });
}

/** For `onSyncError: 'throw'`. A document that could not be read has no errors of entries, only a warning. */
export function syncIncomplete(report: SyncReport): ConnectionsError {
  const lines = reportLines(report);
  const errors = lines.filter(({ level }) => level === 'error');
  const reasons = errors.length > 0 ? errors : lines.filter(({ level }) => level === 'warn');
  return new ConnectionsError(
    'sync_incomplete',
    `The configuration was not synced as a whole, and \`onSyncError\` is 'throw'. ${reasons.map(({ text }) => text).join(' ')}`,
  );
}

/** The errors of a sync that failed, or that found errors in the configuration. */
import { ConnectionsError, describeError } from '../errors';
import type { SyncReport } from '../sync/report';
import { reportLines } from '../sync/report';

/** What stopped a sync, as the error for `lastSync`. */
export function syncFailure(thrown: unknown): ConnectionsError {
  if (thrown instanceof ConnectionsError) return thrown;
  return new ConnectionsError('database_failed', `The sync failed: ${describeError(thrown)}`, {
    cause: thrown,
  });
}

/** For `onSyncError: 'throw'`. An environment variable that is not set is only a warning in the report. */
export function syncIncomplete(report: SyncReport): ConnectionsError {
  const lines = reportLines(report);
  const errors = lines.filter(({ level }) => level === 'error');
  const reasons = errors.length > 0 ? errors : lines.filter(({ level }) => level === 'warn');
  return new ConnectionsError(
    'sync_incomplete',
    `The sync found errors in the configuration, and \`onSyncError\` is 'throw'. ${reasons.map(({ text }) => text).join(' ')}`,
  );
}

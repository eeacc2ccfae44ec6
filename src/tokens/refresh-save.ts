/**
 * Saves the answer to a refresh. The old refresh token is spent, so the new one must be saved, whatever the database does:
 * when the lease has ended the failure is reported, and saving is tried until it succeeds or the process ends.
 */
import { ConnectionsError, describeError, isConnectionsError, quote } from '../errors';
import type { IssuedTokens } from '../oauth/token-answer';
import { elapsedMs, pause } from '../pauses';
import type { AccountRef } from './account-ref';
import type { StoredToken } from './token-row';
import type { Claim, RefreshTools } from './refresh-claim';
import type { SaveResult } from './token-rows';
import type { IssuedUnder } from './token-seal';

interface SaveConditions {
  /** Whether an API has just rejected the tokens of this row. */
  readonly isAfterRejection: (row: StoredToken) => boolean;
  /** Told once, when the lease has ended. */
  readonly onLate: (error: ConnectionsError) => void;
}

/**
 * @param tools at a shutdown, it stops trying when the lease has ended
 * @throws ConnectionsError `tokens_invalid` for a token that no column holds, or `token_not_saved` at a shutdown
 */
export async function saveIssued(
  { rows, seal, times, isClosing }: RefreshTools,
  claim: Claim,
  tokens: IssuedTokens,
  under: IssuedUnder,
  { isAfterRejection, onLate }: SaveConditions,
): Promise<Exclude<SaveResult, { kind: 'changed' }>> {
  // As near as can be to the instant from which their life counts, however long saving takes.
  const at = new Date().toISOString();
  let { row } = claim;
  let isTold = false;
  const until = elapsedMs() + times.leaseMs - (performance.now() - claim.since);
  for (let wait = times.pollMs; ;) {
    try {
      const values = await seal.close(row, tokens, under, row.scopes, row.providerMetadata);
      const options = { at, isAfterRejection: isAfterRejection(row) };
      const saved = await rows.save(row, claim.generation, values, options);
      if (saved.kind !== 'changed') return saved;
      // Re-encrypted, renamed, or saved by an earlier claim meanwhile: encrypt the tokens for the row as it is now.
      row = saved.row;
    } catch (error) {
      if (isConnectionsError(error, 'tokens_invalid')) throw error;
      const isOver = elapsedMs() >= until;
      if (isOver && isClosing()) throw notSaved(row, error);
      if (isOver && !isTold) onLate(notSaved(row, error));
      isTold ||= isOver;
      if (isOver) wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      await pause(wait);
    }
  }
}

const LONGEST_WAIT_MS = 2_000;

function notSaved({ connectionName, account }: AccountRef, error: unknown): ConnectionsError {
  return new ConnectionsError(
    'token_not_saved',
    `New tokens of connection ${quote(connectionName)} could not be stored before the lease ended ` +
      `(${describeError(error)}). This process still has them and keeps trying; if it ends first, the user may have to ` +
      'connect again. Check that the database accepts writes.',
    { connectionName, account },
  );
}

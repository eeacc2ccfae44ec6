/** Brings every stored token under today's key while the service runs: a page of rows at a time, from the first id on. */
import { ConnectionsError } from '../errors';
import type { ConnectionsErrorCode } from '../error-codes';
import type { AccountRef } from './account-ref';
import type { TokenRows } from './token-rows';
import type { TokenSeal } from './token-seal';

/** Which rows `reencrypt` goes over. */
export interface ReencryptOptions {
  /** Rows read at a time, from 1; default 100. */
  readonly batch?: number;
  /** Ends it between two rows; what was done stays done. */
  readonly signal?: AbortSignal | undefined;
}

/** What `reencrypt` did and left. */
export interface ReencryptReport {
  /** Rows that are under today's key now. */
  readonly rewritten: number;
  /** Rows that were already. */
  readonly current: number;
  /** Rows that were being refreshed, or changed meanwhile: run it again for those. */
  readonly skipped: number;
  /** Rows that do not open, as they were. */
  readonly failed: readonly ReencryptFailure[];
}

/** A row that does not open. */
export interface ReencryptFailure extends AccountRef {
  /** `key_unknown`, `ciphertext_invalid`, or what a cipher of the host's threw as a ConnectionsError. */
  readonly code: ConnectionsErrorCode;
}

export async function reencryptTokens(
  rows: TokenRows,
  seal: TokenSeal,
  { batch, signal }: ReencryptOptions & { readonly batch: number },
): Promise<ReencryptReport> {
  const counts = { rewritten: 0, current: 0, skipped: 0 };
  const failed: ReencryptFailure[] = [];
  for await (const page of rows.pages({}, batch)) {
    for (const row of page) {
      signal?.throwIfAborted();
      if (seal.isCurrent(row)) {
        counts.current += 1;
        continue;
      }
      try {
        const result = row.isLeased ? 'changed' : await rows.rewrite(row, await seal.again(row));
        counts[result === 'rewritten' ? 'rewritten' : 'skipped'] += 1;
      } catch (error) {
        if (!(error instanceof ConnectionsError) || !isOfTheRow(error.code)) throw error;
        const { userId, connectionName, account } = row;
        failed.push({ userId, connectionName, account, code: error.code });
      }
    }
  }
  return { ...counts, failed };
}

function isOfTheRow(code: ConnectionsErrorCode): boolean {
  return code === 'key_unknown' || code === 'ciphertext_invalid';
}

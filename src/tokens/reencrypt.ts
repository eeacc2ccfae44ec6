/** Encrypts every stored token with the current key while the service runs: a page of rows at a time, in the order of ids. */
import { ConnectionsError } from '../errors';
import type { ConnectionsErrorCode } from '../error-codes';
import type { LegacyRows } from './legacy-rows';
import type { TokenRows } from './token-rows';
import type { TokenSeal } from './token-seal';

/** Options of `reencrypt`. */
export interface ReencryptOptions {
  /** Rows read at a time, from 1; default 100. */
  readonly batch?: number | undefined;
  /** Stops between two rows; rows that were rewritten stay so. */
  readonly signal?: AbortSignal | undefined;
}

/** What `reencrypt` did. */
export interface ReencryptReport {
  /** Rows that it encrypted with the current key. */
  readonly rewritten: number;
  /** Rows that were already encrypted with the current key. */
  readonly current: number;
  /** Rows that were being refreshed or changed meanwhile: run it again for those. */
  readonly skipped: number;
  /**
   * Rows that still need a legacy format: of those that were skipped or failed, those that this package did not encrypt.
   * At 0, remove the formats from the key ring; without formats it is always 0.
   */
  readonly legacy: number;
  /** Rows that cannot be decrypted, unchanged: tokens, and clients that were registered for a connection. */
  readonly failed: readonly {
    /** Of the tokens, or of the registered client. */
    readonly connectionName: string;
    /** Whose tokens they are; absent for a registered client. */
    readonly userId?: string;
    /** Of the tokens; absent for a registered client. */
    readonly account?: string;
    /** `key_unknown` or `ciphertext_invalid`. */
    readonly code: ConnectionsErrorCode;
  }[];
}

export async function reencryptTokens(
  rows: TokenRows,
  seal: TokenSeal,
  legacy: Pick<LegacyRows, 'has'>,
  { batch, signal }: ReencryptOptions & { readonly batch: number },
): Promise<ReencryptReport> {
  const counts = { rewritten: 0, current: 0, skipped: 0, legacy: 0 };
  const failed: ReencryptReport['failed'][number][] = [];
  for await (const page of rows.pages({}, batch)) {
    for (const row of page) {
      signal?.throwIfAborted();
      if (seal.isCurrent(row)) {
        counts.current += 1;
        continue;
      }
      let isDone = false;
      try {
        // Also where it is being refreshed: a row that cannot be decrypted would be skipped for ever.
        const values = await seal.again(row);
        const result = row.isLeased ? 'changed' : await rows.rewrite(row, values);
        isDone = result === 'rewritten';
        counts[isDone ? 'rewritten' : 'skipped'] += 1;
      } catch (error) {
        if (!(error instanceof ConnectionsError) || !isOfTheRow(error.code)) throw error;
        const { userId, connectionName, account } = row;
        failed.push({ userId, connectionName, account, code: error.code });
      }
      if (!isDone && legacy.has(row)) counts.legacy += 1;
    }
  }
  return { ...counts, failed };
}

function isOfTheRow(code: ConnectionsErrorCode): boolean {
  return code === 'key_unknown' || code === 'ciphertext_invalid';
}

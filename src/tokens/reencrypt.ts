/** Encrypts every stored token with the current key while the service runs: a page of rows at a time, in the order of ids. */
import type { ConnectionsErrorCode } from '../error-codes';
import { nextTurn } from '../pauses';
import { refOf } from './account-ref';
import type { LegacyRows } from './legacy-rows';
import { rewritePage } from './rewrite-page';
import type { TokenVault } from './vault';

/** Options of `reencrypt`. */
export interface ReencryptOptions {
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
  readonly failed: number;
  /** The first 1,000 of them. */
  readonly failures: readonly {
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

/** Failures that a report lists. */
export const MOST_LISTED = 1_000;

export async function reencryptTokens(
  vault: Pick<TokenVault, 'rows' | 'pages' | 'seal'>,
  legacy: Pick<LegacyRows, 'has'>,
  { signal }: ReencryptOptions,
): Promise<ReencryptReport> {
  const counts = { rewritten: 0, current: 0, skipped: 0, failed: 0, legacy: 0 };
  const failures: ReencryptReport['failures'][number][] = [];
  for await (const page of vault.pages.pages({})) {
    signal?.throwIfAborted();
    const old = page.filter((row) => !vault.seal.isCurrent(row));
    counts.current += page.length - old.length;
    const done = await rewritePage(vault, old, { signal });
    for (const [index, row] of old.entries()) {
      const one = done[index];
      if (one?.kind === 'rewritten') {
        counts.rewritten += 1;
        continue;
      }
      if (legacy.has(row)) counts.legacy += 1;
      if (one?.kind !== 'failed') {
        counts.skipped += 1;
        continue;
      }
      counts.failed += 1;
      if (failures.length < MOST_LISTED) failures.push({ ...refOf(row), code: one.code });
    }
    // A driver that is synchronous would keep the process from everything else.
    await nextTurn();
  }
  return { ...counts, failures };
}

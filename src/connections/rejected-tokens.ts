/**
 * Tokens that an API rejects (RFC 6750 section 3.1). One that is rejected is refreshed; if the API rejects the new one, too, the row
 * remembers it, so that an API which takes no token of its provider costs one refresh, and not one a call.
 */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionsError } from '../errors';
import { describeError } from '../errors';
import type { Log } from '../logging';
import type { AccountRef } from '../tokens/account-ref';
import type { ServedToken } from '../tokens/token-row';
import { isRejected } from '../tokens/token-row';
import type { TokenRows } from '../tokens/token-rows';
import { reauthorizationRequired, tokenRefused } from './outcome-error';
import type { RefreshReports } from './refresh-reports';
import { reasonOf, useByDeclaration } from './token-use';

/** How long new tokens count as those that took the place of rejected ones, where no success is reported. */
const NEW_MS = 300_000;
/** How often one process writes that an API takes the tokens of an account again, which may change with each call. */
const BETWEEN_WRITES_MS = 60_000;
const MOST_REMEMBERED = 10_000;

export class RejectedTokens {
  private readonly acceptedAt = new Map<string, number>();

  constructor(
    private readonly reports: RefreshReports,
    private readonly log: Log,
  ) {}

  /** Whether a refresh may bring a token that an API takes, after it has rejected this one. */
  canReplace(row: ServedToken, definition: ConnectionDefinition): boolean {
    return useByDeclaration(row, definition).canRefresh && !isRejected(row) && !isNewReplacement(row);
  }

  /** Remembers that an API rejects a token for which no refresh helps. Never throws. */
  async remember(
    rows: TokenRows,
    ref: AccountRef,
    row: ServedToken,
    definition: ConnectionDefinition,
  ): Promise<ConnectionsError> {
    const { canRefresh } = useByDeclaration(row, definition);
    const reason = reasonOf(row, definition, true);
    if (!isRejected(row) && (await rows.reject(row).catch(() => false))) {
      if (canRefresh) this.reports.tokenRefused(ref);
      else this.reports.reauthorization(ref, reason);
    }
    return canRefresh ? tokenRefused(ref) : reauthorizationRequired(ref, reason);
  }

  /** Forgets it, once an API has taken the token. Never throws. */
  async accept(rows: TokenRows, row: ServedToken): Promise<void> {
    const now = performance.now();
    if (now - (this.acceptedAt.get(row.id) ?? Number.NEGATIVE_INFINITY) < BETWEEN_WRITES_MS) return;
    this.acceptedAt.delete(row.id);
    this.acceptedAt.set(row.id, now);
    if (this.acceptedAt.size > MOST_REMEMBERED) {
      this.acceptedAt.delete(this.acceptedAt.keys().next().value ?? '');
    }
    try {
      await rows.accept(row);
    } catch (error) {
      this.acceptedAt.delete(row.id);
      this.log('warn', `It could not be stored that an API takes a token again: ${describeError(error)}`);
    }
  }
}

function isNewReplacement(row: ServedToken): boolean {
  return row.rejectedGeneration !== null && Date.now() - Date.parse(row.updatedAt) < NEW_MS;
}

/**
 * When a refusal is believed. One alone may have a cause that passes: a server that is being deployed, a declaration that an operator is
 * correcting. So a single refusal to refresh ends no grant, and not every 401 of an API causes a refresh.
 */
import type { ReauthorizationReason } from '../error-codes';
import type { TokenAnswer } from '../oauth/token-answer';
import type { ServedToken, StoredToken } from './token-row';
import { isRejected } from './token-row';

/**
 * After an hour in which the provider only refused to refresh, the user is told to connect again, since many providers have words
 * of their own for a grant that has ended. The tokens are not given up.
 */
export const BELIEVED_AFTER_MS = 3_600_000;

/** The doubt that a refusal raises; null while it is too early for one. */
export function doubtAfter(
  { isRefusedForLong }: Pick<StoredToken, 'isRefusedForLong'>,
  { isClientForgotten }: Extract<TokenAnswer, { kind: 'misconfigured' }>,
): ReauthorizationReason | null {
  // Only the user can mend that, by connecting again: then another client is registered.
  if (isClientForgotten) return 'client_forgotten';
  return isRefusedForLong ? 'refused' : null;
}

/** For how long a 401 of an API causes no refresh, after a refreshed token got one, too. */
export const REJECTED_FOR_MS = 3_600_000;

/**
 * Whether a refresh may bring a token that the API accepts, after it has rejected one (RFC 6750 section 3.1). It may only have ended
 * that one early; or it may accept no token of this provider, and then a refresh is useless.
 */
export function isRefreshWorthwhile(row: ServedToken, now: number): boolean {
  return !row.isRejectedLately && !isReplacement(row, now);
}

/** Whether the saved tokens took the place of rejected ones a short while ago, and no API has said that it takes them. */
function isReplacement(row: ServedToken, now: number): boolean {
  const age = now - Date.parse(row.updatedAt);
  return row.rejectedGeneration !== null && !isRejected(row) && Math.abs(age) < REJECTED_FOR_MS;
}

/**
 * When an access token that an API has rejected (RFC 6750 section 3.1) is refreshed. An API that takes no token of its provider must not
 * cost a refresh with each call; one that has ended a token before its time, or was out of order, must get another.
 */
import type { ServedToken } from './token-row';
import { isRejected } from './token-row';

/** For how long a 401 causes no refresh, after a refreshed token got one, too. */
export const REJECTED_FOR_MS = 3_600_000;

/** Whether a refresh may bring a token that the API takes. */
export function isRefreshWorthwhile(row: ServedToken, now: number): boolean {
  return !row.isRejectedLately && !isReplacement(row, now);
}

/** Whether the saved tokens took the place of rejected ones a short while ago, and no API has said that it takes them. */
function isReplacement(row: ServedToken, now: number): boolean {
  const age = now - Date.parse(row.updatedAt);
  return row.rejectedGeneration !== null && !isRejected(row) && Math.abs(age) < REJECTED_FOR_MS;
}

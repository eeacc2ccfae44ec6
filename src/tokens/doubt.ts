/**
 * When a provider that refuses to refresh tokens is believed. One refusal may pass: a server that is being deployed, or an
 * operator who mends the declaration. Refused tokens are therefore never given up; but after an hour of nothing else their
 * user is told to connect again, since many providers have words of their own for a grant that has ended.
 */
import type { ReauthorizationReason } from '../error-codes';
import type { TokenAnswer } from '../oauth/token-answer';
import type { StoredToken } from './token-row';

export const BELIEVED_AFTER_MS = 3_600_000;

/** The doubt that a refusal raises; null while it is too early for one. */
export function doubtAfter(
  { isRefusedForLong }: Pick<StoredToken, 'isRefusedForLong'>,
  { isClientForgotten }: Extract<TokenAnswer, { kind: 'misconfigured' }>,
): ReauthorizationReason | null {
  // No operator can mend that, and the user can: another client is registered.
  if (isClientForgotten) return 'client_forgotten';
  return isRefusedForLong ? 'refused' : null;
}

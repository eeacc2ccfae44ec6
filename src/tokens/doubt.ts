/**
 * When a provider that refuses to refresh tokens is believed. One refusal may pass: a server that is being deployed, or an
 * operator who mends the declaration. Refused tokens are therefore never given up; but after an hour of nothing else their
 * user is told to connect again, since many providers have words of their own for a grant that has ended.
 */
import type { ReauthorizationReason } from '../error-codes';
import type { TokenAnswer } from '../oauth/token-answer';
import type { StoredToken } from './token-row';

const BELIEVED_AFTER_MS = 3_600_000;

/** Why the user probably has to connect again; null while it is too early to say. */
export function refusalReason(
  { refusedSince }: Pick<StoredToken, 'refusedSince'>,
  { isClientForgotten }: Extract<TokenAnswer, { kind: 'misconfigured' }>,
  now: number = Date.now(),
): ReauthorizationReason | null {
  // No operator can mend that, and the user can: another client is registered.
  if (isClientForgotten) return 'client_forgotten';
  return isRefusedForLong({ refusedSince }, now) ? 'refused' : null;
}

export function isRefusedForLong(
  { refusedSince }: Pick<StoredToken, 'refusedSince'>,
  now: number = Date.now(),
): boolean {
  return refusedSince !== null && now - Date.parse(refusedSince) >= BELIEVED_AFTER_MS;
}

/** Whether a token can be sent, and whether it is time to get a new one. Times are milliseconds of the process's clock. */
import { compareFingerprints } from './fingerprint';
import type { LivingToken } from './living-token';
import type { DueToken, ServedToken, StoredToken, TokensId, TokenStanding } from './token-row';

/** What is known besides the row. */
export interface TokenSituation {
  readonly now: number;
  /** How long before its end a token is refreshed; half of its life where that is less. */
  readonly marginMs: number;
  /** What tokens would be issued under today. */
  readonly configFingerprint: string;
  /** Tokens that an API has just refused (RFC 6750 section 3.1). */
  readonly rejected?: TokensId | undefined;
}

export interface TokenUse {
  readonly isUsable: boolean;
  readonly isDue: boolean;
  readonly canRefresh: boolean;
}

export function useOf(row: DueToken, situation: TokenSituation): TokenUse {
  const { now, marginMs, rejected } = situation;
  const { isUsable: isAlive, canRefresh } = standingOf(row, situation);
  const isUsable = isAlive && !isOf(row, rejected);
  const left = leftOf(row, now);
  return {
    isUsable,
    isDue: !isUsable || (left <= marginMs * MOST_SPREAD && left <= spreadMargin(row, marginMs)),
    canRefresh,
  };
}

/** Whether these are the tokens of the row. */
export function isOf(row: TokensId, tokens: TokenSituation['rejected']): boolean {
  return tokens?.id === row.id && tokens.generation === row.generation;
}

/** What can be done with tokens, whether or not it is time to. */
export function standingOf(
  row: Omit<TokenStanding, 'statusReason' | 'doubt'>,
  { now, configFingerprint }: Pick<TokenSituation, 'now' | 'configFingerprint'>,
): Omit<TokenUse, 'isDue'> {
  const under = compareFingerprints(row.configFingerprint, configFingerprint, row.generation);
  const isActive = row.status === 'active';
  return {
    isUsable: isActive && under !== 'moved' && leftOf(row, now) > 0,
    canRefresh: isActive && under === 'same' && row.hasRefreshToken,
  };
}

/** Milliseconds until an access token expires; NaN where another program wrote no instant. */
function leftOf({ expiresAt }: Pick<ServedToken, 'expiresAt'>, now: number): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - now;
}

/** Whether a token can be sent and needs no refresh; false also where only `useOf` can tell. */
export function livesOn(row: LivingToken, { now, marginMs, configFingerprint }: TokenSituation): boolean {
  const { issuedUnder, expiresAt } = row;
  if (issuedUnder !== '' && compareFingerprints(issuedUnder, configFingerprint, 1) === 'moved') return false;
  if (expiresAt === null) return true;
  const end = Date.parse(expiresAt);
  if (end - now > marginMs * MOST_SPREAD) return end > now;
  return end > now && end - now > (end - Date.parse(row.updatedAt)) / 2;
}

const STEP_MS = 30_000;
const LEAST_IMPORTED_MS = 300_000;

/**
 * How long the access token was to live when it came, in milliseconds; null when that is not known. Rounded up, since it was
 * counted from the request: a life that is handed on from token to token would become shorter each time.
 */
export function lifetimeOf(row: StoredToken): number | null {
  const { expiresAt, updatedAt, generation, grantedAt } = row;
  // Another program may have written something else into either column.
  if (expiresAt === null || generation === 0) return null;
  const life = Date.parse(expiresAt) - Date.parse(updatedAt);
  if (!(life > 0)) return null;
  // Of an imported token only what was left of its life is known.
  const least = generation === 1 && grantedAt === null ? LEAST_IMPORTED_MS : 0;
  return Math.max(Math.ceil(life / STEP_MS) * STEP_MS, least);
}

const MOST_SPREAD = 1.25;

/** Up to a quarter longer for one row than for another: tokens that were issued together are not refreshed together. */
function spreadMargin({ id, expiresAt, updatedAt }: DueToken, marginMs: number): number {
  if (expiresAt === null) return 0;
  const life = Date.parse(expiresAt) - Date.parse(updatedAt);
  const spread = 1 + (Number.parseInt(id.slice(0, 2), 16) || 0) / 1024;
  return Math.min(marginMs * spread, Math.max(life, 0) / 2);
}

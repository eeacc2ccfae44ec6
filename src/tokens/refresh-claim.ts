/**
 * The claim of a refresh: taken before the provider is asked, so that one process asks at a time, and only where everything that
 * the request needs is at hand.
 */
import type { TokenAnswer } from '../oauth/token-answer';
import type { IssuedUnder, TokenPair, TokenSeal } from './token-seal';
import { lifetimeOf } from './due';
import { nextClaim } from './refresh-protocol';
import type { StoredToken } from './token-row';
import type { TokenRows } from './token-rows';

/**
 * @param scopes of the tokens, separated by spaces; null when they are not known
 * @param formerLifetimeMs of the access token that is replaced, for an answer that gives none; null when it is not known
 */
type SendRefresh = (
  refreshToken: string,
  scopes: string | null,
  formerLifetimeMs: number | null,
) => Promise<TokenAnswer>;

/** Asks a provider, within a bounded time, and never throws: what went wrong is in the answer. */
export interface TokenProvider {
  /** What tokens that it gives are issued under. */
  readonly under: IssuedUnder;
  /**
   * Gets what a request needs, such as the client secret, before a claim keeps other processes waiting.
   * @returns sends one refresh request (RFC 6749 section 6), which ends before two thirds of the lease have passed
   */
  prepare(): Promise<SendRefresh>;
  /** Revokes tokens that will not be used (RFC 7009). */
  revoke(tokens: TokenPair): Promise<boolean>;
}

export interface RefreshTimes {
  /** How long a claim keeps other processes waiting, by the database's clock; longer than a request may take. */
  readonly leaseMs: number;
  /** How long a caller waits for another process's request before it reads the row again. */
  readonly pollMs: number;
}

/** What a run works with. */
export interface RefreshTools {
  readonly rows: TokenRows;
  readonly seal: TokenSeal;
  readonly times: RefreshTimes;
  /** Whether the process shuts down. */
  readonly isClosing: () => boolean;
}

/** The right of this process to refresh. */
export interface Claim {
  /** As it was claimed. */
  readonly row: StoredToken;
  /** The generation that the new tokens will have. */
  readonly generation: number;
  /** When the lease began at the earliest, by the process's monotonic clock, in milliseconds. */
  readonly since: number;
  readonly send: () => Promise<TokenAnswer>;
}

/**
 * @returns null when another process has changed or claimed the row
 * @throws ConnectionsError `key_unknown` or `ciphertext_invalid`
 */
export async function takeClaim(
  { rows, seal, times: { leaseMs } }: RefreshTools,
  provider: TokenProvider,
  row: StoredToken,
): Promise<Claim | null> {
  // A row that cannot be decrypted must not be claimed: this process may be the only one that lacks the key.
  const refreshToken = (await seal.openRefreshToken(row)) ?? '';
  const send = await provider.prepare();
  const generation = nextClaim(row);
  let since = performance.now();
  // Until it is sent, it waits for the statements of others, and for nothing of its own row.
  const onSend = () => void (since = performance.now());
  if (!(await rows.claim(row, leaseMs, onSend))) return null;
  if (performance.now() - since < leaseMs / 4) {
    return { row, generation, since, send: () => send(refreshToken, row.scopes, lifetimeOf(row)) };
  }
  // It waited long for a lock: its lease may be nearly over.
  await rows.release(row, generation);
  return null;
}

/**
 * Asks the provider for new tokens.
 * @returns null when it was too late: this process was suspended for a while, and another may claim before there is an answer
 */
export async function askUnder({ since, send }: Claim, leaseMs: number): Promise<TokenAnswer | null> {
  return performance.now() - since > leaseMs / 3 ? null : send();
}

/**
 * Serves access tokens: at once while the stored one is valid, otherwise after one refresh. A caller waits at most for the
 * duration of a refresh lease and of one request after it.
 */
import { isConnectionsError } from '../../errors';
import type { Log } from '../../logging';
import { inTime } from '../../oauth/in-time';
import { isPrintable } from '../../oauth/limits';
import { type OptionChecks, abortSignal, anything, checkOptions, text } from '../../options';
import { isRefreshWorthwhile } from '../../tokens/doubt';
import type { LivingToken } from '../../tokens/living-token';
import type { RefreshResult } from '../../tokens/refresh-run';
import { type ServedToken, type TokensId, isRejected, scopesOf } from '../../tokens/token-row';
import { orAborted } from '../abort';
import type { Runtime } from '../runtime';
import { notConnected, reauthorizationRequired, refreshFailed } from './errors';
import { type RefreshRuns, PROVIDER_ERRORS, type TokenHolder } from './refresh-runs';
import { RejectedTokens } from './rejected-tokens';
import { doubtOf, isMoved, livesByDeclaration, marginOf, reasonOf, useByDeclaration } from './token-use';

/** An access token to send now. */
export interface AccessToken {
  /** In clear, for an `Authorization` header. Never log it. */
  readonly accessToken: string;
  /** `null` when it does not expire. */
  readonly expiresAt: Date | null;
  /** As granted (RFC 6749 section 3.3); empty when that is not known. */
  readonly scopes: readonly string[];
}

/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /** Which of the user's accounts, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /**
   * An access token that the API has just answered with 401 (RFC 6750 section 3.1). If it is still the stored one it is
   * refreshed, whatever its expiry says; unless it took the place of a rejected one within an hour, which is `token_refused`.
   */
  readonly rejectedToken?: string | undefined;
  /** Ends the wait. A refresh that has begun goes on, since other callers may wait for it. */
  readonly signal?: AbortSignal | undefined;
}

const accessTokenChecks: OptionChecks<AccessTokenOptions> = {
  account: anything,
  rejectedToken: text,
  signal: abortSignal,
};

/** @throws ConnectionsError `option_invalid` */
export function checkAccessTokenOptions(options: AccessTokenOptions): void {
  checkOptions('getAccessToken', options, accessTokenChecks);
}

/** Options of `getAccessToken`, and what `fetchFor` needs besides. */
export interface ServeOptions extends AccessTokenOptions {
  /** Whether `rejectedToken` is known to have taken the place of a rejected one. */
  readonly isReplacement?: boolean;
  /** Called if an API has rejected the served token or its predecessor; `accept` is to be called once the API accepts the token. */
  readonly onSuspect?: (accept: () => Promise<void>) => void;
}

export class AccessTokens {
  private readonly rejections: RejectedTokens;

  constructor(
    private readonly runs: RefreshRuns,
    private readonly requestMs: number,
    log: Log,
  ) {
    this.rejections = new RejectedTokens(runs.reports, log);
  }

  async serve(holder: TokenHolder, options: ServeOptions): Promise<AccessToken> {
    const { runtime, ref, definition } = holder;
    const { rejectedToken, signal } = options;
    signal?.throwIfAborted();
    const { rows } = runtime.vault;
    if (rejectedToken === undefined) {
      const found = rows.readLiving(ref);
      const living = found instanceof Promise ? await orAborted(found, signal) : found;
      const isEnough = living !== null && !(living.wasRejected && options.onSuspect);
      if (isEnough && livesByDeclaration(living, definition)) return decryptToken(runtime, living);
    }
    const row = await orAborted(rows.readServed(ref), signal);
    if (!row) throw notConnected(ref);
    const { isUsable, isDue, canRefresh } = useByDeclaration(row, definition);
    if (!isUsable) return this.refreshNow(holder, row, undefined, options);
    const token = await this.serveRow(runtime, row, options);
    if (rejectedToken === token.accessToken) return this.replace(holder, row, options);
    if (isDue && canRefresh && !this.runs.isWaiting(row)) {
      // Failures are reported by the observer.
      this.runs.run(holder, row, { marginMs: marginOf(definition) }).catch(() => undefined);
    }
    return token;
  }

  /** A new token in place of one that an API has rejected. */
  private async replace(holder: TokenHolder, row: ServedToken, options: ServeOptions): Promise<AccessToken> {
    const { runtime, ref, definition } = holder;
    const { canRefresh } = useByDeclaration(row, definition);
    if (canRefresh && !options.isReplacement && isRefreshWorthwhile(row, Date.now())) {
      return this.refreshNow(holder, row, row, options);
    }
    const { rows } = runtime.vault;
    throw await orAborted(this.rejections.reject(rows, ref, row, definition), options.signal);
  }

  private serveRow(
    runtime: Runtime,
    row: ServedToken,
    { onSuspect }: ServeOptions,
  ): AccessToken | Promise<AccessToken> {
    const { rows } = runtime.vault;
    if (row.rejectedGeneration !== null) onSuspect?.(() => this.rejections.accept(rows, row));
    return decryptToken(runtime, row);
  }

  /** Waits for the refresh of a rejected token; if it brings no new one, marks the token as rejected in its row. */
  private async noteUnlessReplaced(
    { vault: { rows } }: Runtime,
    seen: ServedToken,
    run: Promise<RefreshResult>,
  ): Promise<RefreshResult> {
    const note = () => (isRejected(seen) ? undefined : rows.reject(seen, false).catch(() => undefined));
    try {
      const result = await run;
      if (result.outcome !== 'usable' && result.outcome !== 'gone') await note();
      return result;
    } catch (error) {
      if (isConnectionsError(error, ...PROVIDER_ERRORS)) await note();
      throw error;
    }
  }

  private async refreshNow(
    holder: TokenHolder,
    seen: ServedToken,
    rejected: TokensId | undefined,
    options: ServeOptions,
  ): Promise<AccessToken> {
    const { runtime, ref, definition } = holder;
    const { canRefresh } = useByDeclaration(seen, definition);
    if (!canRefresh) throw reauthorizationRequired(ref, reasonOf(seen, definition));
    const doubt = doubtOf(seen);
    const marginMs = marginOf(definition);
    const refresh = this.runs.run(holder, seen, { marginMs, rejected });
    const run = rejected ? this.noteUnlessReplaced(runtime, seen, refresh) : refresh;
    const inGoodTime = inTime(run, runtime.vault.leaseMs + this.requestMs, () => null);
    const result = await orAborted(inGoodTime, options.signal).catch((error: unknown) => {
      // If the provider gives no new answer, the doubt from its earlier one still counts.
      throw doubt !== null && isConnectionsError(error, ...PROVIDER_ERRORS)
        ? reauthorizationRequired(ref, doubt)
        : error;
    });
    if (result?.outcome === 'gone') throw notConnected(ref);
    const { outcome, row, answer } = result ?? { outcome: 'transient', row: seen, answer: null };
    if (isMoved(row, definition)) throw reauthorizationRequired(ref, 'configuration_changed');
    // One that lived when the run began may have expired before the provider failed.
    if (outcome === 'usable' && (isAnother(row, seen) || useByDeclaration(row, definition).isUsable)) {
      return this.serveRow(runtime, row, options);
    }
    if (outcome === 'reauthorization_required') {
      throw reauthorizationRequired(ref, reasonOf(row, definition, rejected !== undefined));
    }
    // Another process may have succeeded meanwhile.
    const now = await runtime.vault.rows.readServed(ref).catch(() => null);
    if (now && isAnother(now, seen) && useByDeclaration(now, definition).isUsable) {
      return this.serveRow(runtime, now, options);
    }
    const doubtNow = doubtOf(now ?? row);
    if (doubtNow !== null) throw reauthorizationRequired(ref, doubtNow);
    const failure = this.runs.reports.latest(seen);
    if (result === null && isConnectionsError(failure?.error, 'token_not_saved')) throw failure.error;
    throw refreshFailed(ref, answer, failure?.until ?? null);
  }
}

/** Whether tokens were saved since, or the user has connected again. */
function isAnother(now: ServedToken, seen: ServedToken): boolean {
  return now.id !== seen.id || now.generation > seen.generation;
}

/** A promise only where the cipher gives one. */
function decryptToken(
  { vault: { seal } }: Runtime,
  row: LivingToken | ServedToken,
): AccessToken | Promise<AccessToken> {
  const decrypted = seal.openAccessToken(row);
  return typeof decrypted === 'string'
    ? accessTokenOf(decrypted, row)
    : decrypted.then((token) => accessTokenOf(token, row));
}

/** @throws ConnectionsError `reauthorization_required` for a token of another program that cannot be in a header */
function accessTokenOf(accessToken: string, row: LivingToken | ServedToken): AccessToken {
  if (!isPrintable(accessToken)) throw reauthorizationRequired(row, 'token_unusable');
  return {
    accessToken,
    expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
    scopes: scopesOf(row),
  };
}

/**
 * Carries out the refresh protocol for real: rows of a database, a provider, a clock. Callers in one process that want
 * the same tokens share one run of it; no connection of the database is held while the provider is asked.
 */
import { setTimeout } from 'node:timers/promises';
import { ConnectionsError, describeError, quote } from '../errors';
import type { RefreshAnswer, RefreshOutcome, RefreshStep, StepResult, TokenState } from './refresh-protocol';
import { refreshProtocol } from './refresh-protocol';
import type { TokenKey } from './token-key';
import { keyText } from './token-key';
import type { TokenRows } from './token-rows';
import type { IssuedTokens, IssuedUnder, TokenSeal } from './token-seal';
import type { StoredToken, TokenValues } from './token-table';

/** Asks a provider, and never throws: what went wrong is in the answer. */
export interface TokenProvider {
  /** What tokens that it gives are issued under. */
  readonly under: IssuedUnder;
  /** One refresh request (RFC 6749 section 6), over before the lease is. */
  refresh(refreshToken: string): Promise<RefreshAnswer<IssuedTokens>>;
  /** Gives back tokens that nobody will use (RFC 7009). */
  revoke(tokens: IssuedTokens): Promise<void>;
}

export interface RefreshTimes {
  /** For how long a claim keeps others off, by the database's clock; longer than a request may take. */
  readonly leaseMs: number;
  /** How long before its end a token is renewed. */
  readonly marginMs: number;
  /** How long a caller waits for somebody else's request before it looks again. */
  readonly pollMs: number;
}

interface RefreshResult {
  readonly outcome: RefreshOutcome;
  /** The row as it was read or saved last; null when there is none. */
  readonly row: StoredToken | null;
}

/** What one run of the protocol has in hand. */
interface Attempt {
  refreshToken: string | null;
  /** By the process's monotonic clock, in milliseconds. */
  saveUntil: number;
  /** Whether the row is another than was read. */
  hasWritten: boolean;
}

export class TokenRefresher {
  private readonly running = new Map<string, Promise<RefreshResult>>();

  constructor(
    private readonly rows: TokenRows,
    private readonly seal: TokenSeal,
    private readonly times: RefreshTimes,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The tokens of a key, new ones if it is time.
   * @param rejected generation that an API has just refused (RFC 6750 section 3.1)
   */
  refresh(key: TokenKey, provider: TokenProvider, rejected?: number): Promise<RefreshResult> {
    const shared = JSON.stringify([keyText(key), provider.under.configFingerprint, rejected ?? null]);
    const running = this.running.get(shared);
    if (running) return running;
    const run = this.run(key, provider, rejected).finally(() => this.running.delete(shared));
    this.running.set(shared, run);
    return run;
  }

  private async run(key: TokenKey, provider: TokenProvider, rejected?: number): Promise<RefreshResult> {
    const protocol = refreshProtocol<IssuedTokens>(rejected);
    const attempt: Attempt = { refreshToken: null, saveUntil: 0, hasWritten: false };
    let row: StoredToken | null = null;
    let next = protocol.next();
    while (!next.done) {
      const step: RefreshStep<IssuedTokens> = next.value;
      let result: StepResult<IssuedTokens>;
      if (step.step === 'read') {
        row = await this.rows.read(key);
        attempt.hasWritten = false;
        result = row && this.stateOf(row);
      } else result = row ? await this.carryOut(step, row, provider, attempt) : undefined;
      next = protocol.next(result);
    }
    if (attempt.hasWritten) row = await this.rows.read(key);
    return { outcome: row === null ? 'gone' : next.value, row };
  }

  private async carryOut(
    step: RefreshStep<IssuedTokens>,
    row: StoredToken,
    provider: TokenProvider,
    attempt: Attempt,
  ): Promise<StepResult<IssuedTokens>> {
    switch (step.step) {
      case 'claim':
        // What does not open must not be claimed: this process may be the only one that lacks the key.
        attempt.refreshToken = await this.seal.openRefreshToken(row);
        return this.claim(row, attempt);
      case 'request':
        return provider.refresh(attempt.refreshToken ?? '').catch(() => ({ kind: 'transient' as const }));
      case 'save':
        attempt.hasWritten = true;
        return this.save(
          row,
          step.claimed,
          await this.seal.close(row, step.tokens, provider.under, row.scopes),
          attempt,
        );
      case 'revoke':
        await provider.revoke(step.tokens).catch(() => undefined);
        return undefined;
      case 'release':
        await this.rows.release(row, step.claimed);
        return undefined;
      case 'mark':
        attempt.hasWritten = true;
        return this.rows.mark(row, step.claimed, 'invalid_grant');
      default:
        await setTimeout(this.times.pollMs * (0.5 + Math.random()));
        return undefined;
    }
  }

  /** A claim that waited long for a lock may own a lease that is nearly over: then it is not used. */
  private async claim(row: StoredToken, attempt: Attempt): Promise<boolean> {
    const began = performance.now();
    if (!(await this.rows.claim(row, this.times.leaseMs))) return false;
    attempt.saveUntil = began + this.times.leaseMs;
    if (performance.now() - began < this.times.leaseMs / 4) return true;
    await this.rows.release(row, row.claimedGeneration + 1);
    return false;
  }

  /** The provider has taken the old token back: what it gave must be kept, whatever the database does meanwhile. */
  private async save(
    row: StoredToken,
    claimed: number,
    values: TokenValues,
    { saveUntil }: Attempt,
  ): Promise<'saved' | 'superseded' | 'gone'> {
    for (;;) {
      try {
        return await this.rows.save(row, claimed, values);
      } catch (error) {
        if (performance.now() >= saveUntil) {
          throw new ConnectionsError(
            'token_not_saved',
            `New tokens of connection ${quote(row.connectionName)} could not be saved before their lease ended ` +
              `(${describeError(error)}). They are lost, and the user may have to connect again. Mend the database.`,
          );
        }
        await setTimeout(this.times.pollMs);
      }
    }
  }

  private stateOf(row: StoredToken): TokenState {
    const left = row.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(row.expiresAt) - this.now();
    return {
      generation: row.generation,
      claimedGeneration: row.claimedGeneration,
      isLeased: row.isLeased,
      status: row.status === 'active' ? 'active' : 'reauthorization_required',
      hasRefreshToken: row.refreshTokenEncrypted !== null,
      isUsable: left > 0,
      isDue: left <= this.times.marginMs,
    };
  }
}

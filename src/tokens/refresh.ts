/**
 * Carries out the refresh protocol for real: rows of a database, a provider, a clock. Callers in one process that want
 * the same tokens share one run of it; no connection of the database is held while the provider is asked.
 */
import { setTimeout } from 'node:timers/promises';
import type { RefreshAnswer, RefreshOutcome, RefreshStep, StepResult, TokenState } from './refresh-protocol';
import { refreshProtocol } from './refresh-protocol';
import type { TokenKey } from './token-key';
import { keyText } from './token-key';
import type { TokenRows } from './token-rows';
import type { IssuedTokens, IssuedUnder, TokenSeal } from './token-seal';
import type { StoredToken } from './token-table';

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
    const shared = `${keyText(key)} ${rejected ?? ''}`;
    const running = this.running.get(shared) ?? this.run(key, provider, rejected);
    this.running.set(shared, running);
    const forget = () => this.running.delete(shared);
    running.then(forget, forget);
    return running;
  }

  private async run(key: TokenKey, provider: TokenProvider, rejected?: number): Promise<RefreshResult> {
    const protocol = refreshProtocol<IssuedTokens>(rejected);
    let row: StoredToken | null = null;
    let next = protocol.next();
    while (!next.done) {
      const step: RefreshStep<IssuedTokens> = next.value;
      let result: StepResult<IssuedTokens>;
      if (step.step === 'read') {
        row = await this.rows.read(key);
        result = row && this.stateOf(row);
      } else result = row ? await this.carryOut(step, row, provider) : undefined;
      next = protocol.next(result);
    }
    return { outcome: next.value, row: next.value === 'usable' ? await this.rows.read(key) : row };
  }

  private async carryOut(
    step: RefreshStep<IssuedTokens>,
    row: StoredToken,
    provider: TokenProvider,
  ): Promise<StepResult<IssuedTokens>> {
    switch (step.step) {
      case 'claim':
        // What does not open must not be claimed: this process may be the only one that lacks the key.
        await this.seal.openRefreshToken(row);
        return this.rows.claim(row, this.times.leaseMs);
      case 'request':
        return provider.refresh((await this.seal.openRefreshToken(row)) ?? '');
      case 'save':
        return this.rows.save(
          row,
          step.claimed,
          await this.seal.close(row, step.tokens, provider.under, row.scopes),
        );
      case 'revoke':
        await provider.revoke(step.tokens);
        return undefined;
      case 'release':
        await this.rows.release(row, step.claimed);
        return undefined;
      case 'mark':
        return this.rows.mark(row, step.claimed, 'invalid_grant');
      default:
        await setTimeout(this.times.pollMs * (0.5 + Math.random()));
        return undefined;
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

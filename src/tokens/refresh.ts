/**
 * Carries out the refresh protocol for real: rows of a database, a provider, a clock. Callers in one process that want
 * the same tokens share one run of it; no connection of the database is held while the provider is asked.
 */
import { setTimeout } from 'node:timers/promises';
import { ConnectionsError, describeError, quote } from '../errors';
import type { IssuedTokens, TokenAnswer } from '../oauth/token-answer';
import type { TokenSituation } from './due';
import { useOf } from './due';
import type { RefreshOutcome, RefreshStep, StepResult, TokenState } from './refresh-protocol';
import { refreshProtocol } from './refresh-protocol';
import type { TokenKey } from './token-key';
import { keyText } from './token-key';
import type { StoredToken } from './token-row';
import type { TokenRows } from './token-rows';
import type { IssuedUnder, TokenSeal } from './token-seal';

/** Asks a provider, and never throws: what went wrong is in the answer. */
export interface TokenProvider {
  /** What tokens that it gives are issued under. */
  readonly under: IssuedUnder;
  /** One refresh request (RFC 6749 section 6), over before the lease is. */
  refresh(refreshToken: string): Promise<TokenAnswer>;
  /** Gives back tokens that nobody will use (RFC 7009). */
  revoke(tokens: Pick<IssuedTokens, 'accessToken' | 'refreshToken'>): Promise<boolean>;
}

export interface RefreshRequest extends Pick<TokenSituation, 'marginMs' | 'rejected'> {
  readonly provider: TokenProvider;
}

export interface RefreshTimes {
  /** For how long a claim keeps others off, by the database's clock; longer than a request may take. */
  readonly leaseMs: number;
  /** How long a caller waits for somebody else's request before it looks again. */
  readonly pollMs: number;
}

export interface RefreshResult {
  readonly outcome: RefreshOutcome;
  /** The row as it was read or saved last; null when there is none. */
  readonly row: StoredToken | null;
  /** What the provider answered to this run; null when this run did not ask. */
  readonly answer: TokenAnswer | null;
}

/** Told of each run that has ended, once however many callers shared it. */
export type RefreshObserver = (key: TokenKey, request: RefreshRequest, result: RefreshResult) => void;

/** What one run of the protocol has in hand. */
interface Attempt {
  refreshToken: string | null;
  answer: TokenAnswer | null;
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
    private readonly observe: RefreshObserver,
  ) {}

  /** The tokens of a key, new ones if it is time. */
  refresh(key: TokenKey, request: RefreshRequest): Promise<RefreshResult> {
    const { provider, marginMs, rejected } = request;
    const shared = JSON.stringify([keyText(key), provider.under.configFingerprint, marginMs, rejected]);
    const running = this.running.get(shared);
    if (running) return running;
    const run = this.run(key, request).finally(() => this.running.delete(shared));
    this.running.set(shared, run);
    return run;
  }

  /** Waits for what is under way: tokens on their way from a provider are saved. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.running.values());
  }

  private async run(key: TokenKey, request: RefreshRequest): Promise<RefreshResult> {
    const protocol = refreshProtocol<IssuedTokens>();
    const attempt: Attempt = { refreshToken: null, answer: null, saveUntil: 0, hasWritten: false };
    let row: StoredToken | null = null;
    let next = protocol.next();
    while (!next.done) {
      const step: RefreshStep<IssuedTokens> = next.value;
      let result: StepResult<IssuedTokens>;
      if (step.step === 'read') {
        row = await this.rows.read(key);
        attempt.hasWritten = false;
        result = row && stateOf(row, request);
      } else result = row ? await this.carryOut(step, row, request.provider, attempt) : undefined;
      next = protocol.next(result);
    }
    if (attempt.hasWritten) row = await this.rows.read(key);
    const result: RefreshResult = {
      outcome: row === null ? 'gone' : next.value,
      row,
      answer: attempt.answer,
    };
    this.observe(key, request, result);
    return result;
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
        attempt.answer = await provider.refresh(attempt.refreshToken ?? '');
        return attempt.answer;
      case 'save':
        attempt.hasWritten = true;
        return this.save(row, step.claimed, step.tokens, provider.under, attempt);
      case 'revoke':
        await provider.revoke(step.tokens);
        return undefined;
      case 'release':
        // The lease ends by itself; what the provider said is worth more than an error of this.
        await this.rows.release(row, step.claimed).catch(() => undefined);
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
    tokens: IssuedTokens,
    under: IssuedUnder,
    { saveUntil }: Attempt,
  ): Promise<'saved' | 'superseded' | 'gone'> {
    let current = row;
    for (;;) {
      try {
        const values = await this.seal.close(current, tokens, under, row.scopes);
        const saved = await this.rows.save(current, claimed, values);
        if (typeof saved === 'string') return saved;
        // Rewritten under another key or name, or by an earlier claim: these go over it, sealed for what it is now.
        current = saved;
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
}

function stateOf(row: StoredToken, { provider, marginMs, rejected }: RefreshRequest): TokenState {
  const { configFingerprint } = provider.under;
  return {
    generation: row.generation,
    claimedGeneration: row.claimedGeneration,
    isLeased: row.isLeased,
    status: row.status === 'active' ? 'active' : 'reauthorization_required',
    ...useOf(row, { now: Date.now(), marginMs, configFingerprint, rejected }),
  };
}

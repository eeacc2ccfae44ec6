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
import type { AccountRef } from './account-ref';
import { refText } from './account-ref';
import type { StoredToken } from './token-row';
import type { TokenRows } from './token-rows';
import type { IssuedUnder, TokenSeal } from './token-seal';

/** Asks a provider, within bounds of time, and never throws: what went wrong is in the answer. */
export interface TokenProvider {
  /** What tokens that it gives are issued under. */
  readonly under: IssuedUnder;
  /**
   * Has at hand what a request takes, the client's secret among it, before anybody is kept off by a claim.
   * @returns sends one refresh request (RFC 6749 section 6), over before two thirds of the lease are
   */
  prepare(): Promise<(refreshToken: string, scopes: string | null) => Promise<TokenAnswer>>;
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
  /** Whether the tokens that it got are those that were kept. */
  readonly isSaved: boolean;
}

/** Told of each run, once however many callers shared it. */
export interface RefreshObserver {
  ended(key: AccountRef, result: RefreshResult): void;
  /** It threw, or cannot save what it has got: then it goes on trying. */
  failed(key: AccountRef, error: unknown): void;
}

/** What one run of the protocol has in hand. */
interface Attempt {
  send: () => Promise<TokenAnswer>;
  answer: TokenAnswer | null;
  /** By the process's monotonic clock, in milliseconds. */
  claimedAt: number;
  /** Whether the row is another than was read. */
  hasWritten: boolean;
  isSaved: boolean;
}

export class TokenRefresher {
  private readonly running = new Map<string, Promise<RefreshResult>>();
  private isClosing = false;

  constructor(
    private readonly rows: TokenRows,
    private readonly seal: TokenSeal,
    private readonly times: RefreshTimes,
    private readonly observer: RefreshObserver,
  ) {}

  /** The tokens of a key, new ones if it is time. */
  refresh(key: AccountRef, request: RefreshRequest): Promise<RefreshResult> {
    if (this.isClosing) return Promise.reject(closed());
    const { provider, marginMs, rejected } = request;
    const shared = JSON.stringify([refText(key), provider.under.configFingerprint, marginMs, rejected]);
    const running = this.running.get(shared);
    if (running) return running;
    const run = this.run(key, request)
      .catch((error: unknown) => {
        this.observer.failed(key, error);
        throw error;
      })
      .finally(() => this.running.delete(shared));
    this.running.set(shared, run);
    return run;
  }

  /** Begins nothing more, and waits for what is under way: tokens on their way from a provider are saved. */
  async close(): Promise<void> {
    this.isClosing = true;
    while (this.running.size > 0) await Promise.allSettled(this.running.values());
  }

  private async run(key: AccountRef, request: RefreshRequest): Promise<RefreshResult> {
    const protocol = refreshProtocol<IssuedTokens>();
    const attempt: Attempt = {
      send: nobodyAsked,
      answer: null,
      claimedAt: 0,
      hasWritten: false,
      isSaved: false,
    };
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
      isSaved: attempt.isSaved,
    };
    this.observer.ended(key, result);
    return result;
  }

  private async carryOut(
    step: RefreshStep<IssuedTokens>,
    row: StoredToken,
    provider: TokenProvider,
    attempt: Attempt,
  ): Promise<StepResult<IssuedTokens>> {
    switch (step.step) {
      case 'claim': {
        // What does not open must not be claimed: this process may be the only one that lacks the key.
        const refreshToken = (await this.seal.openRefreshToken(row)) ?? '';
        const send = await provider.prepare();
        attempt.send = () => send(refreshToken, row.scopes);
        return this.claim(row, attempt);
      }
      case 'request':
        // A process that was stopped for a while: others may ask by the time that this request is answered.
        if (performance.now() - attempt.claimedAt > this.times.leaseMs / 3) return NOT_ASKED;
        attempt.answer = await attempt.send();
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
        if (this.isClosing) throw closed();
        await setTimeout(this.times.pollMs * (0.5 + Math.random()));
        return undefined;
    }
  }

  /** A claim that waited long for a lock may own a lease that is nearly over: then it is not used. */
  private async claim(row: StoredToken, attempt: Attempt): Promise<boolean> {
    const began = performance.now();
    if (!(await this.rows.claim(row, this.times.leaseMs))) return false;
    attempt.claimedAt = began;
    if (performance.now() - began < this.times.leaseMs / 4) return true;
    await this.rows.release(row, row.claimedGeneration + 1);
    return false;
  }

  /**
   * The provider has taken the old token back: what it gave must be kept, whatever the database does meanwhile. Once the
   * lease is over that is said, and tried on until it is done, or the process ends.
   */
  private async save(
    row: StoredToken,
    claimed: number,
    tokens: IssuedTokens,
    under: IssuedUnder,
    attempt: Attempt,
  ): Promise<'saved' | 'superseded' | 'gone'> {
    let current = row;
    let isTold = false;
    for (let wait = this.times.pollMs; ;) {
      try {
        const values = await this.seal.close(current, tokens, under, row.scopes, row.providerMetadata);
        const saved = await this.rows.save(current, claimed, values);
        if (typeof saved === 'string') {
          attempt.isSaved = saved === 'saved';
          return saved;
        }
        // Rewritten under another key or name, or by an earlier claim: these go over it, sealed for what it is now.
        current = saved;
      } catch (error) {
        if (error instanceof ConnectionsError && error.code === 'tokens_invalid') throw error;
        const isOver = performance.now() - attempt.claimedAt >= this.times.leaseMs;
        if (isOver && this.isClosing) throw notSaved(row, error);
        if (isOver && !isTold) this.observer.failed(row, notSaved(row, error));
        isTold ||= isOver;
        if (isOver) wait = Math.min(wait * 2, LONGEST_WAIT_MS);
        await setTimeout(wait);
      }
    }
  }
}

const LONGEST_WAIT_MS = 2_000;

const NOT_ASKED: TokenAnswer = { kind: 'transient', retryAfterMs: null };

const nobodyAsked = async () => NOT_ASKED;

function notSaved({ connectionName }: AccountRef, error: unknown): ConnectionsError {
  return new ConnectionsError(
    'token_not_saved',
    `New tokens of connection ${quote(connectionName)} could not be saved before their lease ended ` +
      `(${describeError(error)}). This process has them and tries on; if it ends first, the user may have to connect ` +
      'again. Mend the database.',
  );
}

function closed(): ConnectionsError {
  return new ConnectionsError('connections_closed', '`connections.close()` was called. Nothing was begun.');
}

function stateOf(row: StoredToken, { provider, marginMs, rejected }: RefreshRequest): TokenState {
  const { configFingerprint } = provider.under;
  return {
    generation: row.generation,
    claimedGeneration: row.claimedGeneration,
    isLeased: row.isLeased,
    isGivenUp: row.isReleased && row.claimedGeneration > row.generation,
    status: row.status === 'active' ? 'active' : 'reauthorization_required',
    ...useOf(row, { now: Date.now(), marginMs, configFingerprint, rejected }),
  };
}

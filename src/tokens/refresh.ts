/**
 * Carries out the refresh protocol with a database, a provider and a clock. Callers in one process that want the same
 * tokens share one run; no database connection is held while the provider is asked.
 */
import type { ReauthorizationReason } from '../error-codes';
import { ConnectionsError } from '../errors';
import type { IssuedTokens, TokenAnswer } from '../oauth/token-answer';
import { pause } from '../pauses';
import type { TokenSituation } from './due';
import { isOf, lifetimeOf, useOf } from './due';
import type { RefreshOutcome, RefreshStep, StepResult, TokenState } from './refresh-protocol';
import { nextClaim, refreshProtocol } from './refresh-protocol';
import type { AccountRef } from './account-ref';
import { isSameAccount, refText } from './account-ref';
import { Gate } from './gate';
import { saveIssued } from './save';
import { doubtAfter } from './doubt';
import type { StoredToken } from './token-row';
import type { TokenRows } from './token-rows';
import type { IssuedUnder, TokenPair, TokenSeal } from './token-seal';

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

export interface RefreshRequest extends Pick<TokenSituation, 'marginMs' | 'rejected'> {
  /** Whether the run waits for one of another process, whose tokens it takes; default true. Else it ends there. */
  readonly isPatient?: boolean | undefined;
  readonly provider: TokenProvider;
  /** Told of the run that this request begins, once however many callers share it. */
  readonly observer: RefreshObserver;
}

export interface RefreshTimes {
  /** How long a claim keeps other processes waiting, by the database's clock; longer than a request may take. */
  readonly leaseMs: number;
  /** How long a caller waits for another process's request before it reads the row again. */
  readonly pollMs: number;
}

export interface RefreshResult {
  /** `leased` where another process is at it and this run did not wait. */
  readonly outcome: RefreshOutcome | 'leased';
  /** The row as it was last read or saved; null when there is none. */
  readonly row: StoredToken | null;
  /** The provider's answer; null when this run did not ask. */
  readonly answer: TokenAnswer | null;
  /** Whether the tokens that this run got were saved. */
  readonly isSaved: boolean;
  /** Why the user has to connect again, or probably has to, if this run was the first to say so in the row; else null. */
  readonly marked: ReauthorizationReason | null;
}

export interface RefreshObserver {
  ended(ref: AccountRef, result: RefreshResult): void;
  /** The run threw; or it cannot save its tokens yet, and keeps trying. */
  failed(ref: AccountRef, error: unknown): void;
}

/** The state of one run of the protocol. */
interface Attempt {
  send: () => Promise<TokenAnswer>;
  answer: TokenAnswer | null;
  /** By the process's monotonic clock, in milliseconds. */
  claimedAt: number;
  /** The row as this run has written it; undefined while it has not since it was read. */
  written: StoredToken | undefined;
  isSaved: boolean;
  marked: ReauthorizationReason | null;
}

export class TokenRefresher {
  private readonly running = new Map<string, Promise<RefreshResult>>();
  private readonly gate = new Gate();
  private readonly jobs = new Set<Promise<unknown>>();

  /** Whether no further run begins. */
  isClosing = false;

  constructor(
    private readonly rows: TokenRows,
    private readonly seal: TokenSeal,
    private readonly times: RefreshTimes,
  ) {}

  /** The tokens of an account, refreshed if they are due. */
  refresh(ref: AccountRef, request: RefreshRequest): Promise<RefreshResult> {
    if (this.isClosing) return Promise.reject(closed());
    const { provider, marginMs, rejected, isPatient = true } = request;
    const { configFingerprint } = provider.under;
    const shared = JSON.stringify([refText(ref), configFingerprint, marginMs, rejected, isPatient]);
    const running = this.running.get(shared);
    if (running) return running;
    const run = this.admitted(ref, request)
      .catch((error: unknown) => {
        request.observer.failed(ref, error);
        throw error;
      })
      .finally(() => this.running.delete(shared));
    this.running.set(shared, run);
    return run;
  }

  /** Work that begins one run after the other until `isClosing`: `close` waits for its end, too. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.jobs.add(work);
    try {
      return await work;
    } finally {
      this.jobs.delete(work);
    }
  }

  /** Begins no further run, and waits for those under way, so that tokens on their way from a provider are saved. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.gate.open();
    while (this.running.size + this.jobs.size > 0) {
      await Promise.allSettled([...this.running.values(), ...this.jobs]);
    }
  }

  private async admitted(ref: AccountRef, request: RefreshRequest): Promise<RefreshResult> {
    // Who is in no hurry has limits of its own.
    const leave = request.isPatient === false ? () => undefined : await this.gate.enter();
    try {
      if (this.isClosing) throw closed();
      return await this.run(ref, request, leave);
    } finally {
      leave();
    }
  }

  private async run(ref: AccountRef, request: RefreshRequest, leave: () => void): Promise<RefreshResult> {
    const protocol = refreshProtocol<IssuedTokens>();
    const attempt: Attempt = {
      send: notAsked,
      answer: null,
      claimedAt: 0,
      written: undefined,
      isSaved: false,
      marked: null,
    };
    let row: StoredToken | null = null;
    let next = protocol.next();
    while (!next.done) {
      const step: RefreshStep<IssuedTokens> = next.value;
      if (step.step === 'wait' && request.isPatient === false) break;
      // It has nothing to do until another process has done it.
      if (step.step === 'wait') leave();
      let result: StepResult<IssuedTokens>;
      if (step.step === 'read') {
        row = await this.rows.read(ref);
        attempt.written = undefined;
        result = row && stateOf(row, request);
      } else result = row ? await this.carryOut(step, ref, row, request, attempt) : undefined;
      next = protocol.next(result);
    }
    row = attempt.written ?? row;
    const { answer, isSaved, marked } = attempt;
    // The protocol calls what was saved usable; the row says when it cannot be sent.
    const ended = next.done ? next.value : 'leased';
    const outcome = isSaved && row?.status !== 'active' ? 'reauthorization_required' : ended;
    const result: RefreshResult = { outcome: row === null ? 'gone' : outcome, row, answer, isSaved, marked };
    request.observer.ended(ref, result);
    return result;
  }

  private async carryOut(
    step: RefreshStep<IssuedTokens>,
    ref: AccountRef,
    row: StoredToken,
    request: RefreshRequest,
    attempt: Attempt,
  ): Promise<StepResult<IssuedTokens>> {
    const { provider } = request;
    switch (step.step) {
      case 'claim': {
        // A row that cannot be decrypted must not be claimed: this process may be the only one that lacks the key.
        const refreshToken = (await this.seal.openRefreshToken(row)) ?? '';
        const send = await provider.prepare();
        attempt.send = () => send(refreshToken, row.scopes, lifetimeOf(row));
        return this.claim(row, attempt);
      }
      case 'request':
        // This process was suspended for a while: another may claim before this request is answered.
        if (performance.now() - attempt.claimedAt > this.times.leaseMs / 3) return NOT_ASKED;
        attempt.answer = await attempt.send();
        return attempt.answer;
      case 'save':
        return this.save(ref, row, step.claimed, step.tokens, request, attempt);
      case 'revoke':
        await provider.revoke(step.tokens);
        return undefined;
      case 'release':
        // The lease ends by itself; the provider's answer matters more than this error.
        await this.release(row, step.claimed, request, attempt).catch(() => undefined);
        return undefined;
      case 'mark':
        if (!(await this.rows.mark(row, step.claimed, MARK))) return false;
        attempt.marked = MARK;
        attempt.written = { ...row, status: 'reauthorization_required', statusReason: MARK };
        return true;
      default:
        if (this.isClosing) throw closed();
        await pause(this.times.pollMs * (0.5 + Math.random()));
        return undefined;
    }
  }

  /** A claim that waited long for a lock may own a lease that is nearly over; then it is given up. */
  private async claim(row: StoredToken, attempt: Attempt): Promise<boolean> {
    let began = performance.now();
    // Until it is sent, it waits for the statements of others, and for nothing of its own row.
    const onSend = () => void (began = performance.now());
    if (!(await this.rows.claim(row, this.times.leaseMs, onSend))) return false;
    attempt.claimedAt = began;
    if (performance.now() - began < this.times.leaseMs / 4) return true;
    await this.rows.release(row, nextClaim(row));
    return false;
  }

  private async release(
    row: StoredToken,
    claimed: number,
    request: RefreshRequest,
    attempt: Attempt,
  ): Promise<void> {
    const { answer } = attempt;
    if (answer?.kind === 'transient' || answer?.kind === 'misconfigured') {
      const isRefusal = answer.kind === 'misconfigured' && !answer.cause;
      // While the token lives, nothing is to be said to its user.
      const doubt = isRefusal && !stateOf(row, request).isUsable ? doubtAfter(row, answer) : null;
      if (await this.rows.fail(row, claimed, { isRefusal, doubt })) {
        if (doubt !== row.doubt) attempt.marked = doubt;
        return;
      }
    }
    await this.rows.release(row, claimed);
  }

  private async save(
    ref: AccountRef,
    row: StoredToken,
    claimed: number,
    tokens: IssuedTokens,
    { provider: { under }, observer, rejected }: RefreshRequest,
    attempt: Attempt,
  ): Promise<'saved' | 'superseded' | 'gone'> {
    const saved = await saveIssued(this.rows, this.seal, row, claimed, tokens, under, {
      ...this.times,
      claimedAt: attempt.claimedAt,
      isAfterRejection: (seen) => isOf(seen, rejected),
      isClosing: () => this.isClosing,
      late: (error) => observer.failed(row, error),
    });
    if (saved.kind !== 'saved') return saved.kind;
    // Renamed meanwhile: these are the tokens of another account now, and this one may have others.
    if (!isSameAccount(saved.row, ref)) return 'superseded';
    attempt.isSaved = true;
    attempt.marked = saved.row.statusReason;
    attempt.written = saved.row;
    return 'saved';
  }
}

const MARK: ReauthorizationReason = 'invalid_grant';

const NOT_ASKED: TokenAnswer = { kind: 'transient', retryAfterMs: null };

const notAsked = async () => NOT_ASKED;

function closed(): ConnectionsError {
  return new ConnectionsError(
    'connections_closed',
    '`connections.close()` was called while this call waited. Nothing was sent to the provider.',
  );
}

function stateOf(row: StoredToken, { provider, marginMs, rejected }: RefreshRequest): TokenState {
  const { configFingerprint } = provider.under;
  return {
    id: row.id,
    generation: row.generation,
    claimedGeneration: row.claimedGeneration,
    isLeased: row.isLeased,
    isGivenUp: row.isReleased && row.claimedGeneration > row.generation,
    status: row.status === 'active' ? 'active' : 'reauthorization_required',
    ...useOf(row, { now: Date.now(), marginMs, configFingerprint, rejected }),
  };
}

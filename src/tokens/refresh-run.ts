/**
 * One run of the refresh protocol, with a database, a provider and a clock: it claims the row, asks the provider, and writes what
 * the answer means.
 */
import type { ReauthorizationReason } from '../error-codes';
import { ConnectionsError } from '../errors';
import type { IssuedTokens, TokenAnswer } from '../oauth/token-answer';
import { pause } from '../pauses';
import type { AccountRef } from './account-ref';
import { isSameAccount } from './account-ref';
import { doubtAfter } from './doubt';
import type { TokenSituation } from './due';
import { isOf, useOf } from './due';
import type { Claim, RefreshTools, TokenProvider } from './refresh-claim';
import { askUnder, takeClaim } from './refresh-claim';
import type { ClaimedStep, RefreshOutcome, RefreshStep, StepResult, TokenState } from './refresh-protocol';
import { refreshProtocol } from './refresh-protocol';
import { saveIssued } from './refresh-save';
import type { StoredToken } from './token-row';

export interface RefreshRequest extends Pick<TokenSituation, 'marginMs' | 'rejected'> {
  /** Whether the run waits for a refresh by another process and takes its tokens; default true. Otherwise it ends as `leased`. */
  readonly isPatient?: boolean | undefined;
  readonly provider: TokenProvider;
  /** Told of the run that this request begins, once however many callers share it. */
  readonly observer: RefreshObserver;
}

export interface RefreshObserver {
  ended(ref: AccountRef, result: RefreshResult): void;
  /** The run threw; or it cannot save its tokens yet, and keeps trying. */
  failed(ref: AccountRef, error: unknown): void;
}

export type RefreshResult = RunReport &
  (
    | { readonly outcome: 'gone'; readonly row: null }
    | {
        /** `leased` where another process is at it and this run did not wait. */
        readonly outcome: Exclude<RefreshOutcome, 'gone'> | 'leased';
        /** As it was last read or saved. */
        readonly row: StoredToken;
      }
  );

interface RunReport {
  /** The provider's answer; null when this run did not ask. */
  readonly answer: TokenAnswer | null;
  /** Whether the tokens that this run got were saved. */
  readonly isSaved: boolean;
  /** Why the user has to connect again, or probably has to, if this run was the first to say so in the row; else null. */
  readonly marked: ReauthorizationReason | null;
}

/** What a run has written, with which it ends. */
type Written = Pick<RunReport, 'isSaved' | 'marked'> & { readonly row: StoredToken };

export class RefreshRun {
  /** As it was last read. */
  private row: StoredToken | null = null;
  /** The latest. */
  private claim: Claim | null = null;
  private answer: TokenAnswer | null = null;
  private written: Written | null = null;

  constructor(
    private readonly tools: RefreshTools,
    private readonly ref: AccountRef,
    private readonly request: RefreshRequest,
  ) {}

  /** @param onWait called when it has nothing to do until another process has done it */
  async result(onWait: () => void): Promise<RefreshResult> {
    const protocol = refreshProtocol<IssuedTokens>();
    let next = protocol.next();
    while (!next.done) {
      const step: RefreshStep<IssuedTokens> = next.value;
      if (step.step === 'wait' && this.request.isPatient === false) break;
      if (step.step === 'wait') onWait();
      next = protocol.next(await this.carryOut(step));
    }
    const ended = next.done ? next.value : 'leased';
    const { answer } = this;
    const { row, isSaved, marked } = this.written ?? { row: this.row, isSaved: false, marked: null };
    if (row === null || ended === 'gone') return { outcome: 'gone', row: null, answer, isSaved, marked };
    // The protocol calls what was saved usable; the row says when it cannot be sent.
    const outcome = isSaved && row.status !== 'active' ? 'reauthorization_required' : ended;
    return { outcome, row, answer, isSaved, marked };
  }

  private async carryOut(step: RefreshStep<IssuedTokens>): Promise<StepResult<IssuedTokens>> {
    const { rows, times } = this.tools;
    switch (step.step) {
      case 'read':
        this.row = await rows.read(this.ref);
        return this.row && stateOf(this.row, this.request);
      case 'claim':
        this.claim = this.row && (await takeClaim(this.tools, this.request.provider, this.row));
        return this.claim !== null;
      case 'wait':
        if (this.tools.isClosing()) throw connectionsClosed();
        await pause(times.pollMs * (0.5 + Math.random()));
        return undefined;
      default:
        return this.claim && this.carryOutClaimed(step, this.claim);
    }
  }

  private async carryOutClaimed(
    step: ClaimedStep<IssuedTokens>,
    claim: Claim,
  ): Promise<StepResult<IssuedTokens>> {
    switch (step.step) {
      case 'request': {
        const answer = await askUnder(claim, this.tools.times.leaseMs);
        this.answer = answer ?? this.answer;
        return answer ?? NOT_ASKED;
      }
      case 'save':
        return this.save(claim, step.tokens);
      case 'revoke':
        await this.request.provider.revoke(step.tokens);
        return undefined;
      case 'release':
        // The lease ends by itself; the provider's answer matters more than this error.
        await this.release(claim).catch(() => undefined);
        return undefined;
      case 'mark':
        return this.mark(claim);
    }
  }

  private async save(claim: Claim, tokens: IssuedTokens): Promise<'saved' | 'superseded' | 'gone'> {
    const { observer, provider, rejected } = this.request;
    const saved = await saveIssued(this.tools, claim, tokens, provider.under, {
      isAfterRejection: (seen) => isOf(seen, rejected),
      onLate: (error) => observer.failed(claim.row, error),
    });
    if (saved.kind !== 'saved') return saved.kind;
    // Renamed meanwhile: these are the tokens of another account now, and this one may have others.
    if (!isSameAccount(saved.row, this.ref)) return 'superseded';
    this.written = { row: saved.row, isSaved: true, marked: saved.row.statusReason };
    return 'saved';
  }

  private async mark({ row, generation }: Claim): Promise<boolean> {
    const statusReason = 'invalid_grant';
    if (!(await this.tools.rows.mark(row, generation, statusReason))) return false;
    this.written = {
      row: { ...row, status: 'reauthorization_required', statusReason },
      isSaved: false,
      marked: statusReason,
    };
    return true;
  }

  /** Ends the lease; where the provider was asked in vain, the row says so. */
  private async release({ row, generation }: Claim): Promise<void> {
    const { rows } = this.tools;
    const { answer } = this;
    if (answer?.kind === 'transient' || answer?.kind === 'misconfigured') {
      const isRefusal = answer.kind === 'misconfigured' && !answer.cause;
      // While the token lives, nothing is to be said to its user.
      const doubt = isRefusal && !stateOf(row, this.request).isUsable ? doubtAfter(row, answer) : null;
      if (await rows.fail(row, generation, { isRefusal, doubt })) {
        this.written = { row, isSaved: false, marked: doubt === row.doubt ? null : doubt };
        return;
      }
    }
    await rows.release(row, generation);
  }
}

const NOT_ASKED: TokenAnswer = { kind: 'transient', retryAfterMs: null };

export function connectionsClosed(): ConnectionsError {
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

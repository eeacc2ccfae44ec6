/** What is told of refreshes: to the host's log and listeners, and to the callers who come too soon after a failure. */
import type { ReauthorizationReason } from '../../error-codes';
import { ConnectionsError, describeError, isConnectionsError, quote, withDetails } from '../../errors';
import type { Events } from '../../events';
import type { Log } from '../../logging';
import { type AccountRef, detailsOf, refOf } from '../../tokens/account-ref';
import { type Failure, Backoff } from '../../tokens/backoff';
import type { RefreshObserver } from '../../tokens/refresh-run';
import { type TokensId, tokensKey } from '../../tokens/token-row';
import type { ConnectionsEvents } from '../options';
import { reauthorizationRequired, refreshFailed, tokenRefused } from './errors';

/** The longest that tokens which have been refused for long are left alone by one process. */
const LONGEST_DOUBTED_MS = 3_600_000;

export class RefreshReports {
  /** By row and generation, so that the failure of one token delays no others. */
  private readonly backoff = new Backoff();

  constructor(
    private readonly events: Events<ConnectionsEvents>,
    private readonly log: Log,
  ) {}

  /** @returns why the provider is not asked about these tokens now */
  waiting(tokens: TokensId): Failure | null {
    return this.backoff.waiting(tokensKey(tokens));
  }

  /** @returns the latest failure of these tokens, if their latest refresh failed */
  latest(tokens: TokensId): Failure | undefined {
    return this.backoff.latest(tokensKey(tokens));
  }

  /**
   * Reports the outcome of a run that was begun for these tokens.
   * @param summary of which the run is a part; default none, so that the log is told at once
   */
  observerOf(tokens: TokensId, summary?: RefreshSummary): RefreshObserver {
    const text = tokensKey(tokens);
    return {
      ended: (ref, { outcome, answer, row, isSaved, marked }) => {
        if (isSaved) this.backoff.succeeded(text);
        if (marked !== null) this.reauthorization(ref, marked, summary);
        else if (isSaved) this.events.emit('refreshed', refOf(ref));
        if (isSaved) return;
        if (answer?.kind === 'transient' || answer?.kind === 'misconfigured') {
          const retryAfterMs = answer.kind === 'transient' ? answer.retryAfterMs : null;
          const errorAt = (until: Date) => refreshFailed(ref, answer, until);
          const isRefused = answer.kind === 'misconfigured' && row?.isRefusedForLong;
          const longestMs = isRefused ? LONGEST_DOUBTED_MS : undefined;
          const error = this.backoff.failed(text, retryAfterMs, errorAt, longestMs);
          if (marked === null) this.failure(ref, error, summary);
        } else if (outcome === 'transient') {
          this.backoff.failed(text, null, (until) => refreshFailed(ref, null, until));
        }
      },
      failed: (ref, thrown) => {
        if (isConnectionsError(thrown, 'connections_closed')) return;
        const error = withDetails(asConnectionsError(ref, thrown), detailsOf(ref)) as ConnectionsError;
        // A failure of our own database is no reason to leave the provider alone.
        if (!error.code.startsWith('database_')) this.backoff.failed(text, null, () => error);
        this.failure(ref, error, summary);
      },
    };
  }

  /** @param summary as for `observerOf` */
  reauthorization(ref: AccountRef, reason: ReauthorizationReason, summary?: RefreshSummary): void {
    if (summary) summary.reauthorization(ref, reason);
    else this.log('warn', reauthorizationRequired(ref, reason).message);
    this.events.emit('reauthorization_required', { ...refOf(ref), reason });
  }

  tokenRefused(ref: AccountRef): void {
    this.log('warn', tokenRefused(ref).message);
    this.events.emit('token_refused', refOf(ref));
  }

  private failure(ref: AccountRef, error: ConnectionsError, summary: RefreshSummary | undefined): void {
    // Tokens that are not saved cannot wait until the others are refreshed.
    if (summary && error.code !== 'token_not_saved') summary.failure(ref, error);
    else this.log(error.code === 'provider_unavailable' ? 'warn' : 'error', error.message);
    this.events.emit('refresh_failed', { ...refOf(ref), error });
  }
}

function asConnectionsError({ connectionName }: AccountRef, thrown: unknown): ConnectionsError {
  if (thrown instanceof ConnectionsError) return thrown;
  const message = `A token of connection ${quote(connectionName)} was not refreshed: ${describeError(thrown)}`;
  return new ConnectionsError('database_failed', message, { cause: thrown });
}

interface Line {
  count: number;
  readonly level: 'warn' | 'error';
  /** The message of one of them. */
  readonly message: string;
}

/** What the log is told of many refreshes: one line for each connection whose tokens failed, one for users who have to return. */
export class RefreshSummary {
  private readonly failures = new Map<string, Line>();
  private readonly endings = new Map<string, Line>();

  failure({ connectionName }: AccountRef, { code, message }: ConnectionsError): void {
    const level = code === 'provider_unavailable' ? 'warn' : 'error';
    const line = this.failures.get(connectionName);
    if (line && (line.level === level || level === 'warn')) line.count += 1;
    // What a person has to correct is said rather than what passes.
    else this.failures.set(connectionName, { count: (line?.count ?? 0) + 1, level, message });
  }

  reauthorization(ref: AccountRef, reason: ReauthorizationReason): void {
    const line = this.endings.get(ref.connectionName);
    if (line) line.count += 1;
    else {
      const { message } = reauthorizationRequired(ref, reason);
      this.endings.set(ref.connectionName, { count: 1, level: 'warn', message });
    }
  }

  write(log: Log): void {
    for (const [name, { count, level, message }] of this.failures) {
      log(level, `Tokens of connection ${quote(name)} that were not refreshed: ${count}. ${message}`);
    }
    for (const [name, { count, message }] of this.endings) {
      log(
        'warn',
        `Accounts of connection ${quote(name)} that have to be connected again: ${count}. ${message}`,
      );
    }
  }
}

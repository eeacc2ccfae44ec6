/**
 * Serves access tokens: at once while the stored one lives, after one refresh when it does not. Callers wait as long as
 * an owner may hold its claim and a request may take after that, and no longer.
 */
import type { ConnectionDefinition } from '../config/definition';
import type { ReauthorizationReason } from '../error-codes';
import { ConnectionsError, describeError, isConnectionsError, quote, withDetails } from '../errors';
import type { Events } from '../events';
import type { Log } from '../logging';
import { inTime } from '../oauth/in-time';
import { isPrintable } from '../oauth/limits';
import { Backoff } from '../tokens/backoff';
import type { RefreshObserver, RefreshResult } from '../tokens/refresh';
import type { AccountRef } from '../tokens/account-ref';
import { detailsOf } from '../tokens/account-ref';
import { isRefusedForLong } from '../tokens/doubt';
import type { ServedToken } from '../tokens/token-row';
import type { AccessToken, AccessTokenOptions, ConnectionsEvents } from './options';
import { stillWaiting, notConnected, reauthorizationRequired, refreshFailed } from './outcome-error';
import type { Opened } from './opened';
import { isInUse } from './opened';
import { tokenProvider } from './token-provider';
import { doubtOf, isMoved, marginOf, reasonOf, useByDeclaration } from './token-use';
import { orAborted } from './waiting';

/** How long a provider that has refused for long is not asked again by one process. */
const REFUSED_RETRY_MS = 600_000;

type Rejected = Pick<ServedToken, 'id' | 'generation'>;

export class TokenService {
  private readonly backoff = new Backoff();

  constructor(
    private readonly requestMs: number,
    private readonly events: Events<ConnectionsEvents>,
    private readonly log: Log,
  ) {}

  async serve(
    opened: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    { rejectedToken, signal }: AccessTokenOptions,
  ): Promise<AccessToken> {
    signal?.throwIfAborted();
    const reading = opened.vault.rows.readServed(ref);
    const row = await orAborted(reading, signal);
    if (!row) throw notConnected(ref);
    const { isUsable, isDue, canRefresh } = useByDeclaration(row, definition);
    if (!isUsable) return this.refreshNow(opened, ref, definition, row, undefined, signal);
    const token = await tokenOf(opened, row);
    if (rejectedToken === token.accessToken)
      return this.refreshNow(opened, ref, definition, row, row, signal);
    if (isDue && canRefresh && !this.backoff.waiting(tokensText(row))) {
      // Failures are reported by the observer.
      this.refresh(opened, ref, definition, row).catch(() => undefined);
    }
    return token;
  }

  /**
   * One run of the refresh protocol.
   * @param seen for which client the tokens are
   * @param marginMs how long before its end a token is refreshed
   */
  async refresh(
    opened: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    seen: ServedToken,
    marginMs: number = marginOf(definition),
    rejected?: Rejected,
  ): Promise<RefreshResult> {
    const waiting = this.backoff.waiting(tokensText(seen));
    if (waiting) throw stillWaiting(ref, waiting);
    const { vault, providers } = opened;
    const observer = this.observerOf(tokensText(seen));
    const issued = providers.forTokens(definition, seen, { isFresh: rejected !== undefined });
    const provider = await issued.catch((error: unknown) => {
      observer.failed(ref, error);
      throw error;
    });
    return vault.refresher.refresh(ref, {
      provider: tokenProvider(provider, () => isInUse(opened, ref)),
      marginMs,
      rejected: rejected && { id: rejected.id, generation: rejected.generation },
      observer,
    });
  }

  /** Reports the outcome of a run that was begun for these tokens. */
  private observerOf(tokens: string): RefreshObserver {
    return {
      ended: (ref, { outcome, answer, row, isSaved, marked }) => {
        const { userId, connectionName, account } = ref;
        if (isSaved) this.backoff.succeeded(tokens);
        if (marked !== null) this.reportReauthorization(ref, marked);
        else if (isSaved) this.events.emit('refreshed', { userId, connectionName, account });
        if (isSaved) return;
        if (answer?.kind === 'transient' || answer?.kind === 'misconfigured') {
          const asked = answer.kind === 'transient' ? answer.retryAfterMs : null;
          const retryAfterMs = row && isRefusedForLong(row) ? REFUSED_RETRY_MS : asked;
          const error = this.backoff.failed(tokens, retryAfterMs, (until) =>
            refreshFailed(ref, answer, until),
          );
          if (marked === null) this.report(ref, error);
        } else if (outcome === 'transient') {
          this.backoff.failed(tokens, null, (until) => refreshFailed(ref, null, until));
        }
      },
      failed: (ref, thrown) => {
        if (isConnectionsError(thrown, 'connections_closed')) return;
        const error = withDetails(asConnectionsError(ref, thrown), detailsOf(ref)) as ConnectionsError;
        // A failure of our own database is no reason to leave the provider alone.
        if (!error.code.startsWith('database_')) this.backoff.failed(tokens, null, () => error);
        this.report(ref, error);
      },
    };
  }

  /** Never throws. */
  private async doubt(
    { vault: { rows } }: Opened,
    ref: AccountRef,
    row: ServedToken,
    reason: ReauthorizationReason,
  ): Promise<void> {
    if (row.statusReason === reason) return;
    if (await rows.doubt(row, reason).catch(() => false)) this.reportReauthorization(ref, reason);
  }

  private reportReauthorization(ref: AccountRef, reason: ReauthorizationReason): void {
    const { userId, connectionName, account } = ref;
    this.log('warn', reauthorizationRequired(ref, reason).message);
    this.events.emit('reauthorization_required', { userId, connectionName, account, reason });
  }

  private report(ref: AccountRef, error: ConnectionsError): void {
    const { userId, connectionName, account } = ref;
    this.log(error.code === 'provider_unavailable' ? 'warn' : 'error', error.message);
    this.events.emit('refresh_failed', { userId, connectionName, account, error });
  }

  private async refreshNow(
    opened: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    seen: ServedToken,
    rejected: Rejected | undefined,
    signal: AbortSignal | undefined,
  ): Promise<AccessToken> {
    const { canRefresh } = useByDeclaration(seen, definition);
    if (!canRefresh) {
      throw reauthorizationRequired(ref, reasonOf(seen, definition, rejected !== undefined));
    }
    const doubt = doubtOf(seen);
    if (doubt !== null && this.backoff.waiting(tokensText(seen))) throw reauthorizationRequired(ref, doubt);
    const run = this.refresh(opened, ref, definition, seen, marginOf(definition), rejected);
    const inGoodTime = inTime(run, opened.vault.leaseMs + this.requestMs, () => null);
    const result = await orAborted(inGoodTime, signal);
    const { outcome, row, answer } = result ?? { outcome: 'transient', row: seen, answer: null };
    if (outcome === 'gone' || row === null) throw notConnected(ref);
    if (isMoved(row, definition)) throw reauthorizationRequired(ref, 'configuration_changed');
    if (outcome === 'usable') return tokenOf(opened, row);
    if (outcome === 'reauthorization_required') {
      const reason = reasonOf(row, definition, rejected !== undefined);
      // Only a request has told that another server or client is used now: `list` sends none, and has to say the same.
      if (useByDeclaration(row, definition).canRefresh) await this.doubt(opened, ref, row, reason);
      throw reauthorizationRequired(ref, reason);
    }
    // Another process may have succeeded meanwhile.
    const now = await opened.vault.rows.readServed(ref).catch(() => null);
    if (now && isAnother(now, seen) && useByDeclaration(now, definition).isUsable) {
      return tokenOf(opened, now);
    }
    const doubtNow = doubtOf(now ?? row);
    if (doubtNow !== null) throw reauthorizationRequired(ref, doubtNow);
    const failure = this.backoff.latest(tokensText(seen));
    if (result === null && isConnectionsError(failure?.error, 'token_not_saved')) throw failure.error;
    throw refreshFailed(
      ref,
      answer?.kind === 'misconfigured' || answer?.kind === 'transient' ? answer : null,
      failure?.until ?? null,
    );
  }
}

/** A failure is of the tokens that it was about: others are not held back by it. */
function tokensText({ id, generation }: ServedToken): string {
  return `${id} ${generation}`;
}

/** Whether tokens were saved since, or the user has connected again. */
function isAnother(now: ServedToken, seen: ServedToken): boolean {
  return now.id !== seen.id || now.generation > seen.generation;
}

function asConnectionsError({ connectionName }: AccountRef, thrown: unknown): ConnectionsError {
  if (thrown instanceof ConnectionsError) return thrown;
  const message = `A token of connection ${quote(connectionName)} was not refreshed: ${describeError(thrown)}`;
  return new ConnectionsError('database_failed', message, { cause: thrown });
}

/** @throws ConnectionsError `reauthorization_required` for a token of another program that cannot be in a header */
async function tokenOf({ vault: { seal } }: Opened, row: ServedToken): Promise<AccessToken> {
  const accessToken = await seal.openAccessToken(row);
  if (!isPrintable(accessToken)) throw reauthorizationRequired(row, 'token_unusable');
  return {
    accessToken,
    expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
    scopes: row.scopes === null || row.scopes === '' ? [] : row.scopes.split(' '),
  };
}

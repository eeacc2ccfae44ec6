/**
 * Serves access tokens: at once while the stored one lives, after one refresh when it does not. Callers wait as long as
 * an owner may hold its claim and a request may take after that, and no longer.
 */
import type { ConnectionDefinition } from '../config/definition';
import type { ReauthorizationReason } from '../error-codes';
import { isConnectionsError } from '../errors';
import type { Events } from '../events';
import type { Log } from '../logging';
import { inTime } from '../oauth/in-time';
import { isPrintable } from '../oauth/limits';
import type { RefreshResult } from '../tokens/refresh';
import type { AccountRef } from '../tokens/account-ref';
import { isRefreshWorthwhile } from '../tokens/rejection';
import type { LivingToken } from '../tokens/living-token';
import type { DueToken, ServedToken } from '../tokens/token-row';
import { isRejected, scopesOf } from '../tokens/token-row';
import type { AccessToken, AccessTokenOptions, ConnectionsEvents } from './options';
import { stillWaiting, notConnected, reauthorizationRequired, refreshFailed } from './outcome-error';
import type { Opened } from './opened';
import { isInUse } from './opened';
import { ProviderMemory } from './provider-memory';
import { RejectedTokens } from './rejected-tokens';
import { RefreshReports } from './refresh-reports';
import type { RefreshSummary } from './refresh-summary';
import { tokenProvider } from './token-provider';
import { doubtOf, isMoved, livesByDeclaration, marginOf, reasonOf, useByDeclaration } from './token-use';
import { orAborted } from './waiting';

const MOVED: ReauthorizationReason = 'configuration_changed';

const OF_PROVIDER = [
  'provider_unavailable',
  'provider_refused',
  'discovery_failed',
  'address_refused',
] as const;

type Rejected = Pick<ServedToken, 'id' | 'generation'>;

/** Options of `getAccessToken`, and what `fetchFor` needs besides. */
export interface ServeOptions extends AccessTokenOptions {
  /** Whether `rejectedToken` is known to have taken the place of a rejected one. */
  readonly isReplacement?: boolean;
  /** Called where an API has rejected the token that is served, or the one before it, with what to call once the API takes it. */
  readonly onSuspect?: (accept: () => Promise<void>) => void;
}

interface RefreshHow {
  /** How long before its end a token is refreshed. */
  readonly marginMs: number;
  readonly rejected?: Rejected | undefined;
  /** Of the work of which the run is a part; undefined where a caller waits for its token. */
  readonly summary?: RefreshSummary | undefined;
}

export class TokenService {
  private readonly reports: RefreshReports;
  private readonly rejections: RejectedTokens;

  /** For `refreshExpiring`. */
  readonly providers = new ProviderMemory();

  constructor(
    private readonly requestMs: number,
    events: Events<ConnectionsEvents>,
    private readonly log: Log,
  ) {
    this.reports = new RefreshReports(events, log);
    this.rejections = new RejectedTokens(this.reports, log);
  }

  async serve(
    opened: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    options: ServeOptions,
  ): Promise<AccessToken> {
    const { rejectedToken, signal } = options;
    signal?.throwIfAborted();
    const { rows } = opened.vault;
    if (rejectedToken === undefined) {
      const found = rows.readLiving(ref);
      const living = found instanceof Promise ? await orAborted(found, signal) : found;
      const isEnough = living !== null && !(living.wasRejected && options.onSuspect);
      if (isEnough && livesByDeclaration(living, definition)) return tokenOf(opened, living);
    }
    const row = await orAborted(rows.readServed(ref), signal);
    if (!row) throw notConnected(ref);
    const { isUsable, isDue, canRefresh } = useByDeclaration(row, definition);
    if (!isUsable) return this.refreshNow(opened, ref, definition, row, undefined, options);
    const token = await this.served(opened, row, options);
    if (rejectedToken === token.accessToken) return this.replace(opened, ref, definition, row, options);
    if (isDue && canRefresh && !this.reports.waiting(row)) {
      // Failures are reported by the observer.
      this.run(opened, ref, definition, row, { marginMs: marginOf(definition) }).catch(() => undefined);
    }
    return token;
  }

  /** One run for a token that no caller waits for: it ends where another process has begun. */
  refreshEarly(
    opened: Opened,
    definition: ConnectionDefinition,
    seen: DueToken,
    marginMs: number,
    summary: RefreshSummary,
  ): Promise<RefreshResult> {
    return this.run(opened, seen, definition, seen, { marginMs, summary });
  }

  /** When the provider is asked about these tokens again; null where this process may ask now. */
  retryAt(tokens: Pick<DueToken, 'id' | 'generation'>): Date | null {
    return this.reports.waiting(tokens)?.until ?? null;
  }

  /** Whether the provider is not asked about these tokens now, because it failed a moment ago. */
  isWaiting(tokens: DueToken): boolean {
    return this.reports.waiting(tokens) !== null;
  }

  /** Whether the latest refresh of these tokens by this process has failed. */
  hasFailed(tokens: DueToken): boolean {
    return this.reports.latest(tokens) !== undefined;
  }

  report(summary: RefreshSummary): void {
    summary.write(this.log);
  }

  /**
   * One run of the refresh protocol.
   * @param seen for which client the tokens are
   */
  private async run(
    opened: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    seen: DueToken,
    { marginMs, rejected, summary }: RefreshHow,
  ): Promise<RefreshResult> {
    const waiting = this.reports.waiting(seen);
    if (waiting) throw stillWaiting(ref, waiting);
    const { vault, providers } = opened;
    const observer = this.reports.observerOf(seen, summary);
    const issued = providers.forTokens(definition, seen, { freshSince: rejected && performance.now() });
    const provider = await issued.catch(async (error: unknown) => {
      observer.failed(ref, error);
      if (isConnectionsError(error, ...OF_PROVIDER)) {
        await vault.rows.noteUnsentFailure(seen).catch(() => undefined);
      }
      throw error;
    });
    const result = await vault.refresher.refresh(ref, {
      provider: tokenProvider(provider, () => isInUse(opened, ref)),
      marginMs,
      rejected: rejected && { id: rejected.id, generation: rejected.generation },
      isPatient: summary === undefined,
      observer,
    });
    return (await this.hasRaisedDoubt(opened, ref, definition, result, summary))
      ? { ...result, marked: MOVED }
      : result;
  }

  /**
   * Only a request can tell that another server or client is used now: `list` sends none, and has to say the same. Never
   * throws.
   */
  private async hasRaisedDoubt(
    { vault: { rows } }: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    { outcome, row }: RefreshResult,
    summary: RefreshSummary | undefined,
  ): Promise<boolean> {
    if (outcome !== 'reauthorization_required' || row === null || row.doubt === MOVED) return false;
    if (!useByDeclaration(row, definition).canRefresh) return false;
    const isRaised = await rows.doubt(row, MOVED).catch(() => false);
    if (isRaised) this.reports.reauthorization(ref, MOVED, summary);
    return isRaised;
  }

  /** A new token in place of one that an API has rejected. */
  private async replace(
    opened: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    row: ServedToken,
    options: ServeOptions,
  ): Promise<AccessToken> {
    const { canRefresh } = useByDeclaration(row, definition);
    if (canRefresh && !options.isReplacement && isRefreshWorthwhile(row, Date.now())) {
      return this.refreshNow(opened, ref, definition, row, row, options);
    }
    const { rows } = opened.vault;
    throw await orAborted(this.rejections.reject(rows, ref, row, definition), options.signal);
  }

  private served(
    opened: Opened,
    row: ServedToken,
    { onSuspect }: ServeOptions,
  ): AccessToken | Promise<AccessToken> {
    const { rows } = opened.vault;
    if (row.rejectedGeneration !== null) onSuspect?.(() => this.rejections.accept(rows, row));
    return tokenOf(opened, row);
  }

  /** A refresh that was to replace a rejected token: if it brings none, the row says so. */
  private async noted(
    { vault: { rows } }: Opened,
    seen: ServedToken,
    run: Promise<RefreshResult>,
  ): Promise<RefreshResult> {
    const note = () => (isRejected(seen) ? undefined : rows.notReplaced(seen).catch(() => undefined));
    try {
      const result = await run;
      if (result.outcome !== 'usable' && result.outcome !== 'gone') await note();
      return result;
    } catch (error) {
      if (isConnectionsError(error, ...OF_PROVIDER)) await note();
      throw error;
    }
  }

  private async refreshNow(
    opened: Opened,
    ref: AccountRef,
    definition: ConnectionDefinition,
    seen: ServedToken,
    rejected: Rejected | undefined,
    options: ServeOptions,
  ): Promise<AccessToken> {
    const { canRefresh } = useByDeclaration(seen, definition);
    if (!canRefresh) throw reauthorizationRequired(ref, reasonOf(seen, definition));
    const doubt = doubtOf(seen);
    const marginMs = marginOf(definition);
    const refresh = this.run(opened, ref, definition, seen, { marginMs, rejected });
    const run = rejected ? this.noted(opened, seen, refresh) : refresh;
    const inGoodTime = inTime(run, opened.vault.leaseMs + this.requestMs, () => null);
    const result = await orAborted(inGoodTime, options.signal).catch((error: unknown) => {
      // Where the provider gives no new answer, the one before still counts.
      throw doubt !== null && isConnectionsError(error, ...OF_PROVIDER)
        ? reauthorizationRequired(ref, doubt)
        : error;
    });
    const { outcome, row, answer } = result ?? { outcome: 'transient', row: seen, answer: null };
    if (outcome === 'gone' || row === null) throw notConnected(ref);
    if (isMoved(row, definition)) throw reauthorizationRequired(ref, 'configuration_changed');
    // One that lived when the run began may have expired before the provider failed.
    if (outcome === 'usable' && (isAnother(row, seen) || useByDeclaration(row, definition).isUsable)) {
      return this.served(opened, row, options);
    }
    if (outcome === 'reauthorization_required') {
      throw reauthorizationRequired(ref, reasonOf(row, definition, rejected !== undefined));
    }
    // Another process may have succeeded meanwhile.
    const now = await opened.vault.rows.readServed(ref).catch(() => null);
    if (now && isAnother(now, seen) && useByDeclaration(now, definition).isUsable) {
      return this.served(opened, now, options);
    }
    const doubtNow = doubtOf(now ?? row);
    if (doubtNow !== null) throw reauthorizationRequired(ref, doubtNow);
    const failure = this.reports.latest(seen);
    if (result === null && isConnectionsError(failure?.error, 'token_not_saved')) throw failure.error;
    throw refreshFailed(
      ref,
      answer?.kind === 'misconfigured' || answer?.kind === 'transient' ? answer : null,
      failure?.until ?? null,
    );
  }
}

/** Whether tokens were saved since, or the user has connected again. */
function isAnother(now: ServedToken, seen: ServedToken): boolean {
  return now.id !== seen.id || now.generation > seen.generation;
}

/** A promise only where the cipher gives one. */
function tokenOf(
  { vault: { seal } }: Opened,
  row: LivingToken | ServedToken,
): AccessToken | Promise<AccessToken> {
  const opened = seal.openAccessToken(row);
  return typeof opened === 'string' ? servedAs(opened, row) : opened.then((text) => servedAs(text, row));
}

/** @throws ConnectionsError `reauthorization_required` for a token of another program that cannot be in a header */
function servedAs(accessToken: string, row: LivingToken | ServedToken): AccessToken {
  if (!isPrintable(accessToken)) throw reauthorizationRequired(row, 'token_unusable');
  return {
    accessToken,
    expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
    scopes: scopesOf(row),
  };
}

/** Runs of the refresh protocol: each with the provider of its tokens, reported once, and what this process remembers of them. */
import type { OAuthConnection } from '../../config/definition';
import type { ReauthorizationReason } from '../../error-codes';
import { isConnectionsError } from '../../errors';
import type { AccountRef } from '../../tokens/account-ref';
import type { RefreshResult } from '../../tokens/refresh-run';
import type { DueToken, TokensId } from '../../tokens/token-row';
import { ProviderMemory } from '../expiring/provider-lanes';
import { tokenProvider } from '../provider/token-requests';
import { isInUse, type Runtime } from '../runtime';
import { stillWaiting } from './errors';
import type { RefreshReports, RefreshSummary } from './refresh-reports';
import { useByDeclaration } from './token-use';

const MOVED: ReauthorizationReason = 'configuration_changed';

/** Codes of errors for which the provider is to blame, or what is declared of it. */
export const PROVIDER_ERRORS = [
  'provider_unavailable',
  'provider_refused',
  'discovery_failed',
  'address_refused',
] as const;

/** Whose tokens they are, by which declaration, and where they are stored. */
export interface TokenHolder {
  readonly runtime: Runtime;
  readonly ref: AccountRef;
  readonly definition: OAuthConnection;
}

interface RefreshHow {
  /** How long before its end a token is refreshed. */
  readonly marginMs: number;
  readonly rejected?: TokensId | undefined;
  /** Of the work of which the run is a part; undefined where a caller waits for its token. */
  readonly summary?: RefreshSummary | undefined;
}

export class RefreshRuns {
  /** For `refreshExpiring`. */
  readonly providers = new ProviderMemory();

  constructor(readonly reports: RefreshReports) {}

  /** When the provider is asked about these tokens again; null where this process may ask now. */
  retryAt(tokens: TokensId): Date | null {
    return this.reports.waiting(tokens)?.until ?? null;
  }

  /** Whether the provider is not asked about these tokens now, because it failed a moment ago. */
  isWaiting(tokens: DueToken): boolean {
    return this.retryAt(tokens) !== null;
  }

  /** Whether the latest refresh of these tokens by this process has failed. */
  hasFailed(tokens: DueToken): boolean {
    return this.reports.latest(tokens) !== undefined;
  }

  /**
   * One run of the refresh protocol.
   * @param seen for which client the tokens are
   */
  async run(
    holder: TokenHolder,
    seen: DueToken,
    { marginMs, rejected, summary }: RefreshHow,
  ): Promise<RefreshResult> {
    const { runtime, ref, definition } = holder;
    const waiting = this.reports.waiting(seen);
    if (waiting) throw stillWaiting(ref, waiting);
    const { vault, providers } = runtime;
    const observer = this.reports.observerOf(seen, summary);
    const issued = providers.forTokens(definition, seen, { freshSince: rejected && performance.now() });
    const provider = await issued.catch(async (error: unknown) => {
      observer.failed(ref, error);
      if (isConnectionsError(error, ...PROVIDER_ERRORS)) {
        await vault.rows.noteUnsentFailure(seen).catch(() => undefined);
      }
      throw error;
    });
    const result = await vault.refresher.refresh(ref, {
      provider: tokenProvider(provider, () => isInUse(runtime, ref)),
      marginMs,
      rejected: rejected && { id: rejected.id, generation: rejected.generation },
      isPatient: summary === undefined,
      observer,
    });
    return (await this.hasRaisedDoubt(holder, result, summary)) ? { ...result, marked: MOVED } : result;
  }

  /**
   * Only a request shows that another server or client is used now. `list` sends none and has to report the same, so the row
   * says it. Never throws.
   */
  private async hasRaisedDoubt(
    { runtime, ref, definition }: TokenHolder,
    { outcome, row }: RefreshResult,
    summary: RefreshSummary | undefined,
  ): Promise<boolean> {
    if (outcome !== 'reauthorization_required' || row.doubt === MOVED) return false;
    if (!useByDeclaration(row, definition).canRefresh) return false;
    const isRaised = await runtime.vault.rows.doubt(row, MOVED).catch(() => false);
    if (isRaised) this.reports.reauthorization(ref, MOVED, summary);
    return isRaised;
  }
}

/** What a `refreshExpiring` has done with each token so far, and when that is enough for one call. */
import { isConnectionsError } from '../../errors';
import type { RefreshResult } from '../../tokens/refresh-run';
import type { DueToken } from '../../tokens/token-row';

/** Counts of what `refreshExpiring` did. */
export interface RefreshExpiringReport {
  /** Tokens that were replaced by new ones. */
  readonly refreshed: number;
  /**
   * Tokens that another process refreshed, that are not due yet, that were issued for another declaration, or whose refresh
   * failed a moment ago. Those of connections that are not declared, or whose provider is left alone, are not counted.
   */
  readonly skipped: number;
  /** Tokens whose provider did not answer or refused; they are unchanged. */
  readonly failed: number;
  /** Grants that the provider has ended: their users have to connect again. */
  readonly reauthorizationRequired: number;
}

/** After losing this many tokens to other processes, drop those they have taken since. */
const MOST_LOST = 8;

/** Of those that no provider was asked about, such as tokens that this process cannot decrypt. */
const MOST_FRUITLESS = 10_000;

export class ExpiringTally {
  readonly report = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 0 };
  /** Ids of the tokens whose turn has come, except those that another process was refreshing. */
  private readonly done = new Set<string>();
  /** Tokens that a provider was asked about. */
  private asked = 0;
  private fruitless = 0;
  private lost = 0;

  /** @param limit of tokens that providers are asked about */
  constructor(private readonly limit: number) {}

  get isEnough(): boolean {
    return this.asked >= this.limit || this.fruitless >= MOST_FRUITLESS;
  }

  /** @param running tokens that are being refreshed now */
  hasRoom(running: number): boolean {
    return this.asked + running < this.limit;
  }

  hasHad({ id }: DueToken): boolean {
    return this.done.has(id);
  }

  /** Whether other processes have been faster many times since this was last asked. */
  hasLostMany(): boolean {
    if (this.lost < MOST_LOST) return false;
    this.lost = 0;
    return true;
  }

  skipped(): void {
    this.report.skipped += 1;
  }

  ended({ id }: DueToken, result: RefreshResult): void {
    const { outcome, answer } = result;
    this.report[kindOf(result)] += 1;
    if (outcome !== 'leased') this.done.add(id);
    if (answer !== null) this.asked += 1;
    // Another process is refreshing it, or has done so.
    else if (outcome === 'leased' || outcome === 'usable') this.lost += 1;
    else this.fruitless += 1;
  }

  failed({ id }: DueToken, error: unknown): void {
    if (isConnectionsError(error, 'connections_closed')) return;
    this.done.add(id);
    this.report.failed += 1;
    if (isConnectionsError(error, 'key_unknown', 'ciphertext_invalid')) this.fruitless += 1;
    // A database that fails is no reason to go through all rows.
    else this.asked += 1;
  }
}

function kindOf({ answer, isSaved, marked }: RefreshResult): keyof RefreshExpiringReport {
  if (marked !== null) return 'reauthorizationRequired';
  if (isSaved) return 'refreshed';
  return answer?.kind === 'transient' || answer?.kind === 'misconfigured' ? 'failed' : 'skipped';
}

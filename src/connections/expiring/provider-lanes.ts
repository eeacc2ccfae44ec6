/**
 * How much a provider is asked: what a refresh says of it, how many of its tokens are refreshed at a time, and what a process
 * remembers of it from call to call.
 */
import { isConnectionsError } from '../../errors';
import type { TokenAnswer } from '../../oauth/token-answer';
import type { Refusal } from '../../oauth/token-errors';
import { Backoff } from '../../tokens/backoff';
import { Latest } from '../../tokens/latest';
import type { RefreshResult } from '../../tokens/refresh-run';
import type { DueToken } from '../../tokens/token-row';
import { refreshFailed } from '../access/errors';

/** What the outcome of a refresh says of the provider, and not of the one token: a refusal may be about its token alone. */
export type Sign = 'success' | 'refusal' | 'failure';

/** Errors of our own database, or about one row. */
const OWN_ERRORS = [
  'connections_closed',
  'database_busy',
  'database_failed',
  'tables_missing',
  'schema_outdated',
  'key_unknown',
  'ciphertext_invalid',
  'tokens_invalid',
  'token_not_saved',
] as const;

/** Refusals that have nothing to do with the token. */
const GENERAL_REFUSALS: ReadonlySet<Refusal> = new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'not_found',
  'redirect',
  'not_sent',
]);

/** @returns null when it says nothing */
export function signOf({ answer }: RefreshResult): Sign | null {
  if (answer === null) return null;
  if (answer.kind === 'transient') return 'failure';
  if (answer.kind !== 'misconfigured') return 'success';
  return GENERAL_REFUSALS.has(answer.error) && !answer.isClientForgotten ? 'failure' : 'refusal';
}

/** @returns null when it says nothing */
export function signOfError(error: unknown): Sign | null {
  return isConnectionsError(error, ...OWN_ERRORS) ? null : 'failure';
}

const FIRST_LANES = 3;

/** With so many in a row the provider is left out. */
const MOST_FAILURES = 3;

/** After this many refusals in a row, the provider is left out for the rest of the call: its declaration may be wrong. */
const MOST_REFUSALS = 100;

/** What outlives a call: one that asks about a single token would never count to three. */
export interface ProviderRecord {
  /** In a row. */
  failures: number;
}

/**
 * A few tokens of a connection at a time until its provider has answered, and one more after each success. A provider that does not
 * answer keeps no more than those few, and is left out after some failures in a row, which are counted from call to call. One that
 * refuses tokens does answer: other tokens may have more luck.
 */
export class ProviderLanes {
  private running = 0;
  private refusals = 0;
  private lanes: number;
  private isLeftOut = false;

  /**
   * @param most lanes
   * @param isProbe whether it was left out before: then one token is tried first, and after another failure none
   */
  constructor(
    private readonly most: number,
    private isProbe: boolean,
    private readonly record: ProviderRecord,
  ) {
    this.lanes = Math.min(isProbe ? 1 : FIRST_LANES, most);
  }

  get hasRoom(): boolean {
    return !this.isLeftOut && this.running < this.lanes;
  }

  begin(): void {
    this.running += 1;
  }

  /**
   * @param sign null where the provider was not asked
   * @returns whether the provider is to be left alone for a while, and was not before
   */
  end(sign: Sign | null): boolean {
    this.running -= 1;
    if (sign === null) return false;
    const { isProbe, isLeftOut: wasLeftOut } = this;
    this.isProbe = false;
    if (sign === 'success') {
      this.refusals = 0;
      this.record.failures = 0;
      this.lanes = Math.min(this.lanes + 1, this.most);
      return false;
    }
    if (sign === 'refusal') {
      this.refusals += 1;
      this.isLeftOut ||= this.refusals >= MOST_REFUSALS;
      return false;
    }
    this.record.failures += 1;
    this.lanes = Math.max(Math.floor(this.lanes / 2), 1);
    this.isLeftOut ||= isProbe || this.record.failures >= MOST_FAILURES;
    return this.isLeftOut && !wasLeftOut;
  }
}

/** Names that a registry no longer declares are forgotten at some time. */
const MOST_RECORDS = 100_000;

/** What a process remembers of providers from one `refreshExpiring` to the next, by the name of their connection. */
export class ProviderMemory {
  private readonly pauses = new Backoff();
  private readonly records = new Latest<ProviderRecord>(MOST_RECORDS);

  /** Whether the provider is left alone now, after failures in a row. */
  isPaused(connectionName: string): boolean {
    return this.pauses.waiting(connectionName) !== null;
  }

  /** Whether it was left alone when it was last asked, and has not answered since. */
  wasPaused(connectionName: string): boolean {
    return this.pauses.latest(connectionName) !== undefined;
  }

  recordOf(connectionName: string): ProviderRecord {
    const record = this.records.get(connectionName) ?? { failures: 0 };
    this.records.set(connectionName, record);
    return record;
  }

  /** Leaves the provider of these tokens alone for a while. */
  pause(tokens: DueToken, answer: TokenAnswer | null): void {
    const retryAfterMs = answer?.kind === 'transient' ? answer.retryAfterMs : null;
    this.pauses.failed(tokens.connectionName, retryAfterMs, (until) => refreshFailed(tokens, answer, until));
  }

  succeeded(connectionName: string): void {
    this.pauses.succeeded(connectionName);
  }
}

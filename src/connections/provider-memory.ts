/** What a process remembers of providers from one `refreshExpiring` to the next, by the name of their connection. */
import type { TokenAnswer } from '../oauth/token-answer';
import { Backoff } from '../tokens/backoff';
import type { DueToken } from '../tokens/token-row';
import { refreshFailed } from './outcome-error';
import type { ProviderRecord } from './provider-lanes';

/** Names that a registry no longer declares are forgotten at some time. */
const MOST_RECORDS = 100_000;

export class ProviderMemory {
  private readonly pauses = new Backoff();
  private readonly records = new Map<string, ProviderRecord>();

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
    if (this.records.size > MOST_RECORDS) this.records.delete(this.records.keys().next().value ?? '');
    return record;
  }

  /** Leaves the provider of these tokens alone for a while. */
  pause(tokens: DueToken, answer: TokenAnswer | null): void {
    const failure = answer?.kind === 'transient' || answer?.kind === 'misconfigured' ? answer : null;
    const retryAfterMs = failure?.kind === 'transient' ? failure.retryAfterMs : null;
    this.pauses.failed(tokens.connectionName, retryAfterMs, (until) => refreshFailed(tokens, failure, until));
  }

  succeeded(connectionName: string): void {
    this.pauses.succeeded(connectionName);
  }
}

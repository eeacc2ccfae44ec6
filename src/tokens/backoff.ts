/**
 * For how long a token whose refresh has failed is left alone: this process's own memory, so that nothing is written
 * because a provider is out of order.
 */

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A provider that asks for more is asked again after this all the same. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;
const MOST = 10_000;

interface Failure {
  readonly count: number;
  readonly until: Date;
  /** What callers are told meanwhile. */
  readonly error: Error;
}

export class Backoff {
  private readonly failures = new Map<string, Failure>();

  /** @returns why the next attempt may not be made now */
  waiting(key: string): Failure | null {
    const failure = this.failures.get(key);
    return failure && failure.until.getTime() > Date.now() ? failure : null;
  }

  /** @returns what the latest attempt failed with, if it did */
  lastError(key: string): Error | undefined {
    return this.failures.get(key)?.error;
  }

  /**
   * Twice as long after each failure, with a jitter, and never less than the provider asks for.
   * @param retryAfterMs as RFC 9110 section 10.2.3 has it
   */
  failed(key: string, error: Error, retryAfterMs: number | null): void {
    const count = (this.failures.get(key)?.count ?? 0) + 1;
    const wait = Math.min(FIRST_MS * 2 ** (count - 1), LONGEST_MS) * (0.5 + Math.random() / 2);
    const asked = Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
    this.failures.delete(key);
    this.failures.set(key, { count, error, until: new Date(Date.now() + Math.max(wait, asked)) });
    if (this.failures.size > MOST) this.failures.delete(this.failures.keys().next().value ?? '');
  }

  succeeded(key: string): void {
    this.failures.delete(key);
  }
}

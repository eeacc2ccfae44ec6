/**
 * How long an account whose refresh has failed is left alone. This is kept in the memory of the process, so that a provider
 * that is down causes no writes.
 */
import { Latest } from './latest';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** The longest that a provider's `Retry-After` is obeyed. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;
const MAX_FAILURES = 10_000;

export interface Failure {
  readonly count: number;
  readonly until: Date;
  /** What callers are told meanwhile. */
  readonly error: Error;
}

export class Backoff {
  private readonly failures = new Latest<Failure>(MAX_FAILURES);

  /** @returns why the next attempt may not be made now */
  waiting(key: string): Failure | null {
    const failure = this.failures.get(key);
    return failure && failure.until.getTime() > Date.now() ? failure : null;
  }

  /** @returns the latest failure, if the latest attempt failed */
  latest(key: string): Failure | undefined {
    return this.failures.get(key);
  }

  /**
   * Waits twice as long after each failure, with jitter, and at least as long as the provider asks for.
   * @param retryAfterMs of the answer (RFC 9110 section 10.2.3)
   * @param errorAt what callers are told until then
   * @param longestMs default a minute
   */
  failed<Failed extends Error>(
    key: string,
    retryAfterMs: number | null,
    errorAt: (until: Date) => Failed,
    longestMs: number = LONGEST_MS,
  ): Failed {
    const count = (this.failures.get(key)?.count ?? 0) + 1;
    const wait = Math.min(FIRST_MS * 2 ** (count - 1), longestMs) * (0.5 + Math.random() / 2);
    const asked = Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
    const until = new Date(Date.now() + Math.max(wait, asked));
    const error = errorAt(until);
    this.failures.set(key, { count, error, until });
    return error;
  }

  succeeded(key: string): void {
    this.failures.delete(key);
  }
}

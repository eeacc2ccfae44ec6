/** What a test gives the methods of a provider. */

/** Which of a user's accounts. */
export interface AccountOption {
  /** Name of the account; default `default`. */
  readonly account?: string | undefined;
}

/** Options of `provider.connect`. */
export interface ConnectOptions extends AccountOption {
  /** Scopes to ask for besides those that are declared; default none. */
  readonly scopes?: readonly string[] | undefined;
}

/** Options of `provider.issue`. */
export interface IssueOptions {
  /** Scopes that were granted; default none. */
  readonly scopes?: readonly string[] | undefined;
}

/** Options of `provider.unavailable`. */
export interface OutageOptions {
  /** Milliseconds for the `Retry-After` of its answers (RFC 9110 section 10.2.3); default none. */
  readonly retryAfterMs?: number | undefined;
}

/** Ends what a test has let go wrong. */
export type Recover = () => void;

/** What a test lets go wrong at the provider, until it ends that. */

/** How long no answer comes. */
export interface Outage {
  /** Milliseconds for `Retry-After` (RFC 9110 section 10.2.3); null: it is left out. */
  readonly retryAfterMs: number | null;
}

export class Conditions {
  readonly denials = new Ongoing<true>();
  readonly outages = new Ongoing<Outage>();
  readonly refusedScopes = new Ongoing<string>();
  /** Each ends with the test's word. */
  readonly pauses = new Ongoing<Promise<void>>();
}

/** Things that go on at a connection, each from its beginning to its end. */
class Ongoing<What> {
  private readonly all = new Set<{ readonly connectionName: string; readonly what: What }>();

  /** @returns a function that ends it */
  begin(connectionName: string, what: What): () => void {
    const one = { connectionName, what };
    this.all.add(one);
    return () => void this.all.delete(one);
  }

  at(connectionName: string): What[] {
    return [...this.all].filter((one) => one.connectionName === connectionName).map(({ what }) => what);
  }
}

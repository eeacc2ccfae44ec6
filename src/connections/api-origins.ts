/** Where a user's token goes: to the origins of the connection's API, and never in clear once a request was on https. */
import type { ConnectionDefinition } from '../config/definition';

/** What a declaration says of the API besides its `url`. */
export interface DeclaredApi {
  /** Origins that get the token besides that of the `url`. */
  readonly declared: readonly string[];
  /** For every request that gets the token, their values resolved. */
  readonly headers: Readonly<Record<string, string>>;
}

const NOTHING: DeclaredApi = { declared: [], headers: {} };

export async function apiOf(_definition: ConnectionDefinition): Promise<DeclaredApi> {
  return NOTHING;
}

export class ApiOrigins {
  private readonly origins: ReadonlySet<string>;
  private wasSecure = false;

  /**
   * For the requests of one call.
   * @param declared in the document
   * @param named by the host, which vouches for them
   */
  constructor({ url }: ConnectionDefinition, declared: readonly string[], named: readonly string[]) {
    this.origins = new Set([url, ...declared, ...named].map((one) => new URL(one).origin));
  }

  /**
   * Whether the next request of the call, to this URL, gets the token.
   *
   * A redirect from https to http is one that anybody on the way may have written: nothing is sent in clear after it.
   */
  mayHaveToken({ origin, protocol }: URL): boolean {
    this.wasSecure ||= protocol === 'https:';
    return this.origins.has(origin) && !(this.wasSecure && protocol === 'http:');
  }
}

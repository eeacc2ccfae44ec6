/** Where a user's token goes: to the origins of the connection's API, and never in clear once a request was on https. */
import type { ConnectionDefinition } from '../config/definition';

export class ApiOrigins {
  private readonly origins: ReadonlySet<string>;
  private wasSecure = false;

  /**
   * For the requests of one call.
   * @param named by the host, which vouches for them
   */
  constructor({ url, oauth }: ConnectionDefinition, named: readonly string[]) {
    this.origins = new Set([url, ...(oauth?.apiOrigins ?? []), ...named].map((one) => new URL(one).origin));
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

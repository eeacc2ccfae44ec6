/** Where a user's token goes: to the origins of the connection's API, and never in clear once a request was on https. */
import type { ConnectionDefinition } from '../config/definition';

export class ApiOrigins {
  private readonly origins: ReadonlySet<string>;
  private wasSecure = false;
  private wasOutside = false;

  /**
   * For the requests of one call.
   * @param hostOrigins for which the host vouches
   */
  constructor({ url, oauth }: ConnectionDefinition, hostOrigins: readonly string[]) {
    this.origins = new Set(
      [url, ...(oauth?.apiOrigins ?? []), ...hostOrigins].map((one) => new URL(one).origin),
    );
  }

  /**
   * Whether the next request of the call, to this URL, gets the token.
   *
   * Once a redirect has led elsewhere, the call stays without it: another server must not choose what is done as the user. Nor does a
   * token go from https to http, where anybody on the way may have written the redirect.
   */
  mayHaveToken({ origin, protocol }: URL): boolean {
    this.wasSecure ||= protocol === 'https:';
    this.wasOutside ||= !this.origins.has(origin) || (this.wasSecure && protocol === 'http:');
    return !this.wasOutside;
  }
}

/** What a host says and is told when a user connects and disconnects. */
import type { AccountOptions } from './options';

/** How an authorization begins. */
export interface AuthorizeOptions extends AccountOptions {
  /** Where the user goes when it has ended: a path, or an address at one of the `returnOrigins`; default nowhere. */
  readonly returnTo?: string | undefined;
  /**
   * Scopes to ask for besides those that are declared and those that the account has (RFC 6749 section 3.3); default
   * none.
   */
  readonly scopes?: readonly string[] | undefined;
  /** Origin of the request, as in `https://app.example.com`; used if it is one of the `callbackOrigins`. */
  readonly requestOrigin?: string | undefined;
  /**
   * Ties the flow to a browser instead of to the user's session, for a callback that has none: `browserBinding` of the
   * answer goes into a cookie, and from there into `complete`. Default false.
   */
  readonly bindToBrowser?: boolean | undefined;
}

/** An authorization that has begun; it can be completed once, within ten minutes. */
export interface Authorization {
  /** Where to send the user (RFC 6749 section 4.1.1). */
  readonly authorizationUrl: string;
  /** For an HttpOnly, Secure, SameSite=Lax cookie; `null` unless `bindToBrowser`. */
  readonly browserBinding: string | null;
}

/** Who comes back with a callback: the user of the session, or the browser of the cookie. */
export interface CompleteOptions {
  /** Of the session; required unless the flow is bound to a browser. */
  readonly userId?: string | undefined;
  /** From the cookie; required if the flow is bound to a browser. */
  readonly browserBinding?: string | undefined;
}

/** A user who has connected. */
export interface CompletedAuthorization {
  /** Whom the tokens are for. */
  readonly userId: string;
  /** The connection. */
  readonly connectionName: string;
  /** The account. */
  readonly account: string;
  /** As granted (RFC 6749 section 3.3); as requested when the provider does not say. */
  readonly scopes: readonly string[];
  /** As it was given to `authorize` and allowed; `null` when nothing was. */
  readonly returnTo: string | null;
}

/** What `disconnect` did. */
export interface Disconnection {
  /** False when there was nothing to remove. */
  readonly removed: boolean;
  /**
   * Whether the provider took the tokens back (RFC 7009); `unsupported` where no `revoke_url` is declared, or there was
   * nothing to give back.
   */
  readonly revocation: 'revoked' | 'failed' | 'unsupported';
}

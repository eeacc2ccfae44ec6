/** What a host gives and gets when a user connects and disconnects. */

/** Options of `authorize`. */
export interface AuthorizeOptions {
  /** Which of the user's accounts the tokens are stored under, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /** Where the user goes afterwards: a path, or a URL at one of the `returnOrigins`; default, and `null`: none. */
  readonly returnTo?: string | null | undefined;
  /** Scopes to ask for in addition to those of the connection and those that the account has; default none. */
  readonly scopes?: readonly string[] | undefined;
  /** Origin of the request, such as `https://app.example.com`; used if it is one of the `callbackOrigins`. */
  readonly requestOrigin?: string | undefined;
  /**
   * Binds the flow to the browser instead of to the user's session, for a callback that has no session: store the
   * `browserBinding` of the answer in a cookie, and give it to `complete`. Default false.
   */
  readonly bindToBrowser?: boolean | undefined;
  /**
   * The cookie that this browser has from an earlier flow, so that flows in several tabs share one; binds the flow, too. A
   * value that is not of our form is replaced. Default: none.
   */
  readonly browserBinding?: string | undefined;
  /**
   * Registers another client in place of the registered one (RFC 7591), for a server that has forgotten it and tells only the
   * user. Stored tokens keep the client that they were issued to. Default false.
   */
  readonly newClient?: boolean | undefined;
  /**
   * The answer with status 401 or 403 that the declared `url` or its origin has just sent to the host. The scopes of its Bearer
   * challenge (RFC 6750 section 3) are asked for besides the others, and its `resource_metadata` (RFC 9728 section 5.1) says where
   * this discovery begins. Default, and without either: the MCP server is asked.
   */
  readonly response?: Pick<Response, 'status' | 'headers'> | undefined;
}

/** An authorization that has begun. It can be completed once, within ten minutes. */
export interface Authorization {
  /** Where to send the user (RFC 6749 section 4.1.1). */
  readonly authorizationUrl: string;
  /** For an HttpOnly, Secure, SameSite=Lax cookie; `null` without `bindToBrowser`. */
  readonly browserBinding: string | null;
}

/** Who comes back with a callback: the user of the session, or the browser of the cookie; at least one. */
export interface CompleteOptions {
  /** The user of the session; required unless the flow is bound to a browser. */
  readonly userId?: string | undefined;
  /** The value of the cookie; required if the flow is bound to a browser. */
  readonly browserBinding?: string | undefined;
  /**
   * The connection whose callback route this is, for a host behind a proxy that rewrites paths. Default none: the path of
   * the callback must be that of the redirect URI.
   */
  readonly connectionName?: string | undefined;
}

/** An authorization that is complete: the tokens are stored. */
export interface CompletedAuthorization<Name extends string = string> {
  /** The user who has connected. */
  readonly userId: string;
  /** The connection. */
  readonly connectionName: Name;
  /** Which of the user's accounts. */
  readonly account: string;
  /** As granted (RFC 6749 section 3.3), or as requested when the provider does not say. */
  readonly scopes: readonly string[];
  /** The `returnTo` of `authorize`; `null` when it had none. */
  readonly returnTo: string | null;
}

/** What `disconnect` did. */
export interface Disconnection {
  /** False when the user had no tokens there. */
  readonly removed: boolean;
  /**
   * Whether the provider revoked the tokens (RFC 7009). `unsupported`: no revocation endpoint is declared or discovered,
   * the tokens were issued under an earlier declaration, or there were none.
   */
  readonly revocation: 'revoked' | 'failed' | 'unsupported';
}

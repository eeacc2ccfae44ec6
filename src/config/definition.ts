/**
 * What a declared connection is once it has been read: the shape that every layer above the configuration works with,
 * whether it came from a document or from the table.
 */
import type { SecretReference, StoredReference } from './secrets';

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object, by key. */
export type JsonObject = { [key: string]: JsonValue };

/** Transport of an MCP server: Server-Sent Events, or MCP's Streamable HTTP. */
export type Transport = 'sse' | 'streamable-http';

/** How a request to the connection is authorized. */
export type AuthType =
  /** Each user authorizes at the provider (RFC 6749); the only kind that is kept in the table by default. */
  | 'oauth2'
  /** The host sends a token of its own; the default of an entry without `oauth_config`. */
  | 'bond_jwt'
  /** Every user's requests carry the same credentials, which this package neither reads nor keeps. */
  | 'static'
  /** Nothing is sent. */
  | 'none';

/** One connection, as declared. */
export interface ConnectionDefinition<Name extends string = string> {
  /** Key of the entry in the document: 1 to 255 characters, no two differing only by case, compared byte for byte. */
  readonly name: Name;
  /** For people; default the name in words, `my_server` as `My Server`. */
  readonly displayName: string;
  /** For people; default `Connect to <name>`, empty when the declaration says so or the row has none. */
  readonly description: string;
  /** Address of the MCP server or API: http or https, without a user name or password. */
  readonly url: string;
  /** Default `sse`. */
  readonly transport: Transport;
  /** Default `oauth2` for an entry with `oauth_config`, otherwise `bond_jwt`. */
  readonly authType: AuthType;
  /** An http or https address for a user interface; `null` when none is declared. */
  readonly iconUrl: string | null;
  /** `null` when the declaration does not say: then the operator decides in the table. */
  readonly enabled: boolean | null;
  /**
   * The host's own data, with `cloud_id` and `site_url`; empty when there is none, 60,000 bytes of JSON at most, never a
   * secret.
   */
  readonly extraConfig: JsonObject;
  /** `null` unless `authType` is `oauth2`. */
  readonly oauth: OAuthDefinition | null;
}

/** A connection that users authorize. */
export type OAuthConnection<Name extends string = string> = ConnectionDefinition<Name> & {
  readonly authType: 'oauth2';
  readonly oauth: OAuthDefinition;
};

/** A connection that declares its token endpoint; without one, the endpoints are discovered. */
export type DeclaredConnection = OAuthConnection & { readonly oauth: { readonly tokenUrl: string } };

export function isOAuth<Name extends string>(
  definition: ConnectionDefinition<Name>,
): definition is OAuthConnection<Name> {
  return definition.oauth !== null;
}

export function isDeclared(definition: OAuthConnection): definition is DeclaredConnection {
  return definition.oauth.tokenUrl !== null;
}

/** The OAuth client of a connection and where it sends its users. Endpoints that are absent are discovered. */
export interface OAuthDefinition {
  /** `client_id` (RFC 6749 section 2.2); `null` leaves it to registration (RFC 7591). */
  readonly clientId: string | null;
  /** How to get the client secret when it is used, never in a form that prints; `null` for a client without one. */
  readonly clientSecret: SecretReference | null;
  /** Authorization endpoint (RFC 6749 section 3.1); `null` leaves it to discovery (RFC 8414). */
  readonly authorizeUrl: string | null;
  /** Token endpoint (RFC 6749 section 3.2); `null` leaves it to discovery (RFC 8414). */
  readonly tokenUrl: string | null;
  /**
   * Where the provider sends the user back to, at the host's backend (RFC 6749 section 3.1.2); `null` when not
   * declared.
   */
  readonly redirectUri: string | null;
  /** Scopes to ask for (RFC 6749 section 3.3), each once, in the order declared; empty asks for none. */
  readonly scopes: readonly string[];
  /** Origins to which the access token may be sent besides that of `url`, as `URL` writes them; empty when none is declared. */
  readonly apiOrigins: readonly string[];
  /**
   * Headers of each request to the origins that get the access token, by the names declared: a text, or how to get it when it
   * is used. Never `Authorization`; empty when none is declared.
   */
  readonly headers: Readonly<Record<string, string | StoredReference>>;
  /** What this provider does differently; empty when nothing is declared. */
  readonly options: OAuthOptions;
}

/** How one provider differs from the RFCs, as data. Keys are the document's own, and so are the table's. */
export interface OAuthOptions {
  /** The host's own name for the provider, such as `atlassian`; nothing in this package depends on it. */
  readonly provider?: string;
  /**
   * Issuer identifier of the authorization server (RFC 8414 section 2), for servers that name themselves in the callback
   * (RFC 9207); compared character by character.
   */
  readonly issuer?: string;
  /** Extra parameters of the authorization request (RFC 6749 section 4.1.1). */
  readonly authorize_params?: Readonly<Record<string, string>>;
  /** Extra parameters of the token request (RFC 6749 section 4.1.3). */
  readonly token_params?: Readonly<Record<string, string>>;
  /** Extra parameters of the refresh request (RFC 6749 section 6). */
  readonly refresh_params?: Readonly<Record<string, string>>;
  /**
   * How the client authenticates (RFC 7591 section 2); `client_secret_basic_raw` is for providers that do not decode the form
   * encoding of Basic credentials (RFC 6749 section 2.3.1).
   */
  readonly token_endpoint_auth_method?:
    'client_secret_basic' | 'client_secret_basic_raw' | 'client_secret_post' | 'none';
  /** Body of token requests; default `form`, as RFC 6749 section 4.1.3 has it. */
  readonly token_request_format?: 'form' | 'json';
  /**
   * Between scopes in a request; default a space (RFC 6749 section 3.3). With a comma, a text of scopes is split at
   * commas too.
   */
  readonly scope_separator?: string;
  /** Where tokens are refreshed, if not at the token endpoint. */
  readonly refresh_url?: string;
  /** Where tokens are revoked (RFC 7009): when a user disconnects, and when tokens have become useless. */
  readonly revoke_url?: string;
  /**
   * What a revocation ends: the `grant` of the revoked token (default), or everything that the `user` has granted to the
   * client. Then no revocation is sent once the account has other tokens.
   */
  readonly revoke_reach?: 'grant' | 'user';
  /** Whether a refresh request repeats the scopes that were granted, or has no `scope` (RFC 6749 section 6). */
  readonly refresh_scope?: 'omit' | 'requested';
  /**
   * Proof key for code exchange (RFC 7636); default `S256`, which is sent, where it is declared, to servers that do not announce
   * it; `off` for providers that refuse it.
   */
  readonly pkce?: 'S256' | 'off';
  /** Resource indicator (RFC 8707 section 2), an absolute URL without fragment; `off` sends none. */
  readonly resource?: string;
  /** Seconds, from 1, that a token lives when the answer has no `expires_in` (RFC 6749 section 5.1). */
  readonly default_expires_in?: number;
  /** Seconds before its expiry, from 0, at which a token is refreshed. */
  readonly refresh_margin?: number;
  /**
   * Dotted path to the object that holds the tokens in the answer, as in `authed_user`; default the answer itself.
   */
  readonly token_path?: string;
  /** Dotted path to the error code in the answer, a text or a number; default `error` (RFC 6749 section 5.2). */
  readonly error_path?: string;
  /**
   * Error codes of this provider that mean `invalid_grant` (RFC 6749 section 5.2), whatever they mean elsewhere; compared
   * without regard to case, default none.
   */
  readonly grant_ended_errors?: readonly string[];
  /** Fields of the token answer or the callback that are kept in `provider_metadata`; default none. */
  readonly capture?: readonly string[];
}

/** An entry that is accepted, but not stored by this package. */
export interface SkippedEntry {
  /** Key of the entry in the document. */
  readonly name: string;
  /** Part of a sentence, as in `auth_type is static`, for people. */
  readonly reason: string;
}

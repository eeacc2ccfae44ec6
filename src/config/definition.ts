/**
 * What a declared connection is once it has been read: the shape that every layer above the configuration works with,
 * whether it came from a document or from the table.
 */
import type { SecretReference } from './secrets';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export type Transport = 'sse' | 'streamable-http';
export type AuthType = 'oauth2' | 'bond_jwt' | 'static' | 'none';

/** One connection, as declared. */
export interface ConnectionDefinition {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Address of the MCP server or API. */
  readonly url: string;
  readonly transport: Transport;
  readonly authType: AuthType;
  readonly iconUrl: string | null;
  /** `null` when the declaration does not say: then it is the operator's choice, made in the table. */
  readonly enabled: boolean | null;
  /** Host data, `cloud_id` and `site_url` among it. Never a secret. */
  readonly extraConfig: JsonObject;
  /** `null` unless `authType` is `oauth2`. */
  readonly oauth: OAuthDefinition | null;
}

/** The OAuth client of a connection and where it sends its users. Absent endpoints are for discovery to find. */
export interface OAuthDefinition {
  readonly clientId: string | null;
  /** How to get the client secret when it is used; never the secret in a form that prints. */
  readonly clientSecret: SecretReference | null;
  readonly authorizeUrl: string | null;
  readonly tokenUrl: string | null;
  readonly redirectUri: string | null;
  readonly scopes: readonly string[];
  readonly options: OAuthOptions;
}

/** How one provider differs from the RFCs, as data. Keys are the document's own, and so are the table's. */
export interface OAuthOptions {
  readonly provider?: string;
  /** Extra parameters of the authorization request (RFC 6749 section 4.1.1). */
  readonly authorize_params?: Readonly<Record<string, string>>;
  /** Extra parameters of the token request (RFC 6749 section 4.1.3). */
  readonly token_params?: Readonly<Record<string, string>>;
  /** Extra parameters of the refresh request (RFC 6749 section 6). */
  readonly refresh_params?: Readonly<Record<string, string>>;
  /** RFC 7591 section 2, and `client_secret_basic_raw` for providers that do not percent-decode. */
  readonly token_endpoint_auth_method?:
    'client_secret_basic' | 'client_secret_basic_raw' | 'client_secret_post' | 'none';
  readonly token_request_format?: 'form' | 'json';
  readonly scope_separator?: string;
  readonly refresh_url?: string;
  readonly refresh_scope?: 'omit' | 'requested';
  /** RFC 7636. */
  readonly pkce?: 'S256' | 'off';
  /** RFC 8707: the resource indicator, or `off`. */
  readonly resource?: string;
  /** Seconds that a token lives when the answer does not say. */
  readonly default_expires_in?: number;
  /** Seconds before expiry at which a token is refreshed. */
  readonly refresh_margin?: number;
  /** Dotted path to the object that holds the tokens in the answer. */
  readonly token_path?: string;
  /** Dotted path to the error code in the answer. */
  readonly error_path?: string;
  /** Fields of the token answer or the callback that are kept in `provider_metadata`. */
  readonly capture?: readonly string[];
}

/** Something found in a configuration, with what a person needs to mend it. */
export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  readonly code: ConfigProblemCode;
  /** Where, as in `mcpServers.atlassian.oauth_config.token_url`; empty for the document itself. */
  readonly path: string;
  /** The connection concerned; `null` when it is the document itself. */
  readonly connection: string | null;
  /** One sentence: what was found (never a secret's value) and what is allowed. */
  readonly message: string;
}

export type ConfigProblemCode =
  | 'unreadable'
  | 'invalid_json'
  | 'too_large'
  | 'invalid_type'
  | 'invalid_value'
  | 'missing_field'
  | 'unknown_field'
  | 'duplicate_name'
  | 'invalid_name'
  | 'invalid_url'
  | 'invalid_text'
  | 'missing_variable'
  | 'secret_in_table_field';

/** An entry that is accepted but is not a connection for this package to keep. */
export interface SkippedEntry {
  readonly name: string;
  readonly reason: string;
}

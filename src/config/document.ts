/**
 * The document as a host writes it, for the compiler and the editor: the docstrings here are also the descriptions in the
 * JSON Schema of the package. What is read from the document is in `definition.ts`.
 */
import type { JsonObject } from './definition';

/** A text with a variable in it, as `${VAR}` or `${VAR:-default}`, for a field that is otherwise not free text. */
type VariableText = `${string}\${${string}}${string}`;

/** Parameters of a request; numbers and booleans are sent as text. */
type ParametersDeclaration = Readonly<Record<string, string | number | boolean>>;

/** The value of a header: the text, as `${NAME}` alone the name of its variable, or where it is. */
type HeaderDeclaration =
  string | { readonly env: string } | { readonly file: string } | { readonly arn: string };

/** Transport of an MCP server; `http` and the other spellings mean `streamable-http`. */
type TransportDeclaration =
  'sse' | 'streamable-http' | 'http' | 'streamable_http' | 'streamableHttp' | VariableText;

/** The document: the connections of a host by name. Texts may hold `${VAR}` and `${VAR:-default}`. */
export interface ConnectionsDocument<Name extends string = string> {
  /** JSON Schema of this document for editors: "./node_modules/mcp-connections/dist/schema.json". */
  readonly $schema?: string;
  /** The connections and local programs by name: 1 to 255 characters, no two differing only by case. */
  readonly mcpServers: { readonly [K in Name]?: ConnectionDeclaration | ProgramDeclaration };
  /** A field that begins with `x-` is free for the host. */
  readonly [note: `x-${string}`]: unknown;
  /** A field that begins with two slashes, `_comment` or `$comment` is a comment. */
  readonly [comment: `//${string}` | `_comment${string}` | `$comment${string}`]: unknown;
}

/** One connection to an MCP server or an API. */
export interface ConnectionDeclaration {
  /** Address of the MCP server or API: http or https, without a user name or password. */
  readonly url: string;
  /** Transport of the MCP server; default `sse`. */
  readonly transport?: TransportDeclaration | undefined;
  /** Another name of `transport`; where both are given they must agree. */
  readonly type?: TransportDeclaration | undefined;
  /** How requests are authorized; default `oauth2` with an `oauth_config`, otherwise `bond_jwt`. */
  readonly auth_type?: 'oauth2' | 'bond_jwt' | 'static' | 'none' | VariableText | undefined;
  /** Name for people; default the key of the entry in words, `my_server` as "My Server". */
  readonly display_name?: string | undefined;
  /** Description for people; default "Connect to" and the key of the entry. */
  readonly description?: string | undefined;
  /** Address of an icon for a user interface. */
  readonly icon_url?: string | undefined;
  /** Whether users can use the connection; without it the operator decides in the table. */
  readonly enabled?: boolean | VariableText | undefined;
  /** Id of the site at the provider, kept in `extra_config`. */
  readonly cloud_id?: string | undefined;
  /** Address of the site at the provider, kept in `extra_config`. */
  readonly site_url?: string | undefined;
  /** Data of the host, 60,000 bytes of JSON at most; a secret here is an error. */
  readonly extra_config?: JsonObject | undefined;
  /** The OAuth client and how the provider differs from the RFCs; without it everything is discovered. */
  readonly oauth_config?: OAuthDeclaration | undefined;
  /** Origins to which the access token of OAuth may be sent besides that of `url`; default none. */
  readonly api_origins?: readonly string[] | undefined;
  /**
   * Headers of each request to the origins that get the access token of OAuth, as text, as `${NAME}` alone, or with the place of
   * the value; not read with another `auth_type`.
   */
  readonly headers?: Readonly<Record<string, HeaderDeclaration>> | undefined;
  /** Tools that may be used, for other programs that read the document; not read by this package. */
  readonly allowed_tools?: unknown;
  /** Limit on a wait, for other programs that read the document; not read by this package. */
  readonly timeout?: unknown;
  /** A field that begins with `x-` is free for the host. */
  readonly [note: `x-${string}`]: unknown;
  /** A field that begins with two slashes, `_comment` or `$comment` is a comment. */
  readonly [comment: `//${string}` | `_comment${string}` | `$comment${string}`]: unknown;
}

/** A local program, for other programs that read the document; this package skips the entry. */
export interface ProgramDeclaration {
  /** The program to run. */
  readonly command: string;
  /** Arguments of the program. */
  readonly args?: readonly string[] | undefined;
  /** Environment variables of the program. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Working directory of the program. */
  readonly cwd?: string | undefined;
  /** Always `stdio` for a local program. */
  readonly type?: 'stdio' | undefined;
  /** Always `stdio` for a local program. */
  readonly transport?: 'stdio' | undefined;
  /** A field that begins with `x-` is free for the host. */
  readonly [note: `x-${string}`]: unknown;
  /** A field that begins with two slashes, `_comment` or `$comment` is a comment. */
  readonly [comment: `//${string}` | `_comment${string}` | `$comment${string}`]: unknown;
}

/** The OAuth client of a connection; endpoints that are left out are discovered (RFC 8414). */
export interface OAuthDeclaration {
  /** Client identifier (RFC 6749 section 2.2); without it the client is registered (RFC 7591). */
  readonly client_id?: string | undefined;
  /** The client secret itself, kept in memory only; one of the other three fields is better. */
  readonly client_secret?: string | undefined;
  /** Name of the environment variable that holds the client secret. */
  readonly client_secret_env?: string | undefined;
  /** Path of the file that holds the client secret. */
  readonly client_secret_file?: string | undefined;
  /** Amazon Resource Name of the client secret, or its name in AWS Secrets Manager; the host's `resolveSecret` reads it. */
  readonly client_secret_arn?: string | undefined;
  /** Authorization endpoint (RFC 6749 section 3.1). */
  readonly authorize_url?: string | undefined;
  /** Token endpoint (RFC 6749 section 3.2). */
  readonly token_url?: string | undefined;
  /** Issuer identifier that the authorization server names in the callback (RFC 9207), compared exactly. */
  readonly issuer?: string | undefined;
  /** Redirect URI (RFC 6749 section 3.1.2); default the callback below the host's `publicUrl`. */
  readonly redirect_uri?: string | undefined;
  /** Scopes to ask for (RFC 6749 section 3.3), as a list or as one text; default none. */
  readonly scopes?: string | readonly string[] | undefined;
  /** The host's own name for the provider; nothing in this package depends on it. */
  readonly provider?: string | undefined;
  /** Extra parameters of the authorization request (RFC 6749 section 4.1.1). */
  readonly authorize_params?: ParametersDeclaration | undefined;
  /** Extra parameters of the token request (RFC 6749 section 4.1.3). */
  readonly token_params?: ParametersDeclaration | undefined;
  /** Extra parameters of the refresh request (RFC 6749 section 6). */
  readonly refresh_params?: ParametersDeclaration | undefined;
  /**
   * How the client authenticates at the token endpoint (RFC 7591 section 2); default `client_secret_post` for a declared
   * client, and what registration answered for a registered one.
   */
  readonly token_endpoint_auth_method?:
    'client_secret_basic' | 'client_secret_basic_raw' | 'client_secret_post' | 'none' | VariableText;
  /** Format of the body of token requests; default `form` (RFC 6749 section 4.1.3). */
  readonly token_request_format?: 'form' | 'json' | VariableText | undefined;
  /** Text between scopes in a request; default a space (RFC 6749 section 3.3). */
  readonly scope_separator?: string | undefined;
  /** Endpoint of refresh requests; default the token endpoint. */
  readonly refresh_url?: string | undefined;
  /** Revocation endpoint (RFC 7009), used when a user disconnects. */
  readonly revoke_url?: string | undefined;
  /** What a revocation ends: the `grant` of the token (default), or all that the `user` has granted to the client. */
  readonly revoke_reach?: 'grant' | 'user' | VariableText | undefined;
  /** Whether a refresh request repeats the scopes that were granted (RFC 6749 section 6); default `omit`. */
  readonly refresh_scope?: 'omit' | 'requested' | VariableText | undefined;
  /**
   * Proof key for code exchange (RFC 7636); default `S256`, which is sent, where it is declared, to servers that do not announce
   * it; and `off` for providers that refuse it.
   */
  readonly pkce?: 'S256' | 'off' | VariableText | undefined;
  /** Resource indicator (RFC 8707 section 2); `off` sends none. */
  readonly resource?: string | undefined;
  /** Seconds that a token lives when the answer has no `expires_in` (RFC 6749 section 5.1), from 1. */
  readonly default_expires_in?: number | VariableText | undefined;
  /** Seconds before its expiry at which a token is refreshed, from 0; default 60. */
  readonly refresh_margin?: number | VariableText | undefined;
  /** Dotted path to the object with the tokens in the answer, as in `authed_user`; default the answer itself. */
  readonly token_path?: string | undefined;
  /** Dotted path to the error code in the answer, as in `errors.0.code`; default `error` (RFC 6749 section 5.2). */
  readonly error_path?: string | undefined;
  /** Error codes of this provider that mean `invalid_grant` (RFC 6749 section 5.2), in any case; default none. */
  readonly grant_ended_errors?: readonly string[] | undefined;
  /** Dotted paths of fields of the token answer or the callback to keep in `providerMetadata`; default none. */
  readonly capture?: readonly string[] | undefined;
  /** A field that begins with `x-` is free for the host. */
  readonly [note: `x-${string}`]: unknown;
  /** A field that begins with two slashes, `_comment` or `$comment` is a comment. */
  readonly [comment: `//${string}` | `_comment${string}` | `$comment${string}`]: unknown;
}

/**
 * A document, checked by the compiler as it is written: a misspelt field does not compile, and the names of the
 * connections are known where the document is used.
 * @param document given back as it is; its values are checked when it is read
 * @example
 * const config = defineConnections({
 *   mcpServers: {
 *     github: {
 *       url: 'https://api.githubcopilot.com/mcp/',
 *       type: 'http',
 *       oauth_config: {
 *         client_id: 'your-client-id',
 *         client_secret_env: 'GITHUB_CLIENT_SECRET',
 *         issuer: 'https://github.com/login/oauth',
 *       },
 *     },
 *   },
 * });
 */
export function defineConnections<const Name extends string>(
  document: ConnectionsDocument<Name>,
): ConnectionsDocument<Name> {
  return document;
}

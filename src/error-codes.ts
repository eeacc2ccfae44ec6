/** The codes of `ConnectionsError`, and what an error of each code knows besides its message. */

/** What went wrong, for a host to switch on. A code keeps its meaning across releases; docs/errors.md explains each. */
export type ConnectionsErrorCode =
  /** The document as a whole cannot be read, so no name in it is known. */
  | 'config_unreadable'
  /** No connection of that name is declared, or has a row in the table. */
  | 'connection_unknown'
  /** The connection is switched off, by its declaration or by an operator. */
  | 'connection_disabled'
  /** The table still has the row, but the connection is no longer declared (`removed_at`). */
  | 'connection_removed'
  /** The declaration of that connection has errors, or its row is not what a sync writes or may not use its client secret. */
  | 'connection_rejected'
  /** The connection has another `auth_type` than `oauth2`, so it has no tokens of users. */
  | 'connection_not_oauth'
  /** The declaration lacks something that the authorization server needs, such as `client_id`. */
  | 'connection_incomplete'
  /** The declaration changed while the user was at the provider. */
  | 'connection_changed'
  /** The client secret, or the value of a header, could not be read from the place that its reference names, or it was empty. */
  | 'secret_unresolved'
  /** An option of a constructor or a method has the wrong type or value, or is unknown. */
  | 'option_invalid'
  /** A user id, connection name or account is missing, too long, or not well-formed text. */
  | 'account_invalid'
  /** That user, connection and account have tokens already, or the unique key of the table mistakes them for another's. */
  | 'account_taken'
  /** What was given to `importTokens` is not a set of tokens, or tokens are too long to store or not Bearer tokens. */
  | 'tokens_invalid'
  /** An encryption key is not 32 bytes long, or the current one is not among the keys. */
  | 'key_invalid'
  /** A stored text was encrypted with a key that this process does not have. */
  | 'key_unknown'
  /** A stored text cannot be decrypted: it was changed, cut short, or copied from another row or context. */
  | 'ciphertext_invalid'
  /**
   * The callback's `state` was used before, is older than ten minutes, or belongs to another user or browser; or its flow was
   * ended by `disconnect`, `forgetUser` or a rename.
   */
  | 'state_unknown'
  /** The callback URL cannot be read, or has neither a code nor an error. */
  | 'callback_invalid'
  /** The callback arrived at another path than the redirect URI of its flow (RFC 9700 section 4.4). */
  | 'redirect_uri_mismatch'
  /** The callback names another authorization server than the one the user was sent to (RFC 9207). */
  | 'issuer_mismatch'
  /** The user refused the authorization at the provider. */
  | 'authorization_denied'
  /** The provider ended the authorization with an error, or does not accept its code. */
  | 'authorization_failed'
  /** The connection declares no redirect URI, and `publicUrl` is not set or the name cannot be part of a path. */
  | 'redirect_uri_unknown'
  /** `returnTo` is neither a path nor a URL at one of the `returnOrigins`. */
  | 'return_to_refused'
  /** Discovery led to an address that must not be requested (RFC 9728 section 7.7). */
  | 'address_refused'
  /** The metadata of an MCP server or of its authorization server cannot be used. */
  | 'discovery_failed'
  /** No client is declared, and the authorization server does not register one that can be used. */
  | 'client_unregistered'
  /** The user has no tokens for that connection and account. */
  | 'not_connected'
  /** The tokens can neither be used nor refreshed: the user has to connect again. The row is kept. */
  | 'reauthorization_required'
  /** The API asks for scopes that the token does not have (RFC 6750 section 3.1). */
  | 'insufficient_scope'
  /** The API answers 401 to a token that was refreshed because the API had refused the one before. */
  | 'token_refused'
  /** The body of a request can be read only once, and the request would have to be sent again. */
  | 'body_not_replayable'
  /** The access token has expired and the provider does not answer. Nothing is lost; try again later. */
  | 'provider_unavailable'
  /** The provider refuses the client or the request, not the user. An operator has to fix it; nothing is lost. */
  | 'provider_refused'
  /** The provider issued new tokens, and the database did not store them before the lease ended. */
  | 'token_not_saved'
  /** `connections.close()` was called. */
  | 'connections_closed'
  /** The DataSource has no type or another than those of SQLite, PostgreSQL, MariaDB and MySQL; or its server is in an unsupported mode. */
  | 'engine_unsupported'
  /** The database driver is not installed, not compiled, or not known to this version of TypeORM. */
  | 'driver_unusable'
  /** `dataSource.initialize()` has not been called. */
  | 'data_source_not_initialized'
  /** `store.initialize()` has not read the configuration yet. */
  | 'store_not_initialized'
  /** The `entities` of the DataSource do not include `connectionEntities`. */
  | 'entities_not_registered'
  /** The argument is not a repository of `ConnectionConfig`. */
  | 'repository_mismatch'
  /** The connection tables do not exist: the migrations have not run. */
  | 'tables_missing'
  /** A connection table lacks a column: a migration has not run, or was partly undone. */
  | 'schema_outdated'
  /** A newer release has migrated the database, and this one cannot work with it. */
  | 'schema_newer'
  /** A table with one of our names cannot be adopted, or given back, as it is. Nothing was changed. */
  | 'tables_foreign'
  /** Migrations are pending, and `migrations: 'check'` does not run them. */
  | 'migrations_pending'
  /** A migration failed, or the migration history could not be read, for a reason without a code of its own. */
  | 'migration_failed'
  /** `source` is empty, or longer than its column. */
  | 'source_invalid'
  /** `legacyTimeZone` is not an IANA time zone that this Node.js knows. */
  | 'time_zone_unknown'
  /** Another transaction or process held a lock for longer than `lockTimeoutMs`. */
  | 'database_busy'
  /** The database refused or lost a read or a write. Nothing was written. */
  | 'database_failed'
  /** The database has rolled back the transaction of the host in which a sync took part, with all that was written in it. */
  | 'transaction_rolled_back'
  /** Other processes changed the same rows at each of the 20 attempts of a sync. Nothing was written. */
  | 'sync_contended'
  /** `onSyncError` is `'throw'`, and the sync at the start found a problem. */
  | 'sync_incomplete'
  /** The `createAll` of a subclass threw an error that is not a `ConnectionsError`; it is the `cause`. */
  | 'create_all_failed'
  /** A subclass defines `createAll` as a field, which would hide the classes above it. */
  | 'create_all_not_a_method'
  /** `createAll` was called directly instead of by `initialize()`. */
  | 'create_all_outside_initialize'
  /** `initialize()` or `close()` was called from inside a `createAll`. */
  | 'create_all_reentered';

/** Why a user has to connect again. */
export type ReauthorizationReason =
  /** The provider ended the grant (RFC 6749 section 5.2). */
  | 'invalid_grant'
  /** The provider has refused to refresh the tokens for over an hour. It is still asked from time to time. */
  | 'refused'
  /** The server refuses the client that it registered, which the tokens were issued to. It is still asked from time to time. */
  | 'client_forgotten'
  /** The access token has expired, and there is no refresh token. */
  | 'expired'
  /** The API rejected the access token, and there is no refresh token. */
  | 'rejected'
  /** The provider issued an access token that cannot be sent as a Bearer token (RFC 6750). */
  | 'token_unusable'
  /** The tokens were issued for another client, server or set of scopes than are declared now. */
  | 'configuration_changed';

/** Everything that an error may know besides its message. */
export interface ErrorDetails {
  /** The connection concerned. */
  readonly connectionName?: string;
  /** Which of the user's accounts at the connection. */
  readonly account?: string;
  /** Where `authorize` was asked to send the user afterwards; `null` when it was not. */
  readonly returnTo?: string | null;
  /** The scopes that the API asks for (RFC 6750 section 3.1). */
  readonly scopes?: readonly string[];
  /** When the provider will be asked again; `null` when that is not known. */
  readonly retryAt?: Date | null;
  /** Why the user has to connect again. */
  readonly reason?: ReauthorizationReason;
  /** What the flow is bound to. */
  readonly boundTo?: 'user' | 'browser';
}

type Connection = Required<Pick<ErrorDetails, 'connectionName'>>;
type Account = Required<Pick<ErrorDetails, 'connectionName' | 'account'>>;
type Flow = Required<Pick<ErrorDetails, 'connectionName' | 'account' | 'returnTo'>>;

/** The details that every error of a code has; codes that are not listed promise none. */
export interface DetailsByCode {
  connection_unknown: Connection;
  connection_disabled: Connection;
  connection_removed: Connection;
  connection_rejected: Connection;
  connection_not_oauth: Connection;
  connection_incomplete: Account;
  connection_changed: Flow;
  account_taken: Account;
  redirect_uri_mismatch: Flow;
  tokens_invalid: Account;
  issuer_mismatch: Flow;
  authorization_denied: Flow;
  authorization_failed: Flow;
  redirect_uri_unknown: Account;
  return_to_refused: Account;
  secret_unresolved: Account;
  address_refused: Account;
  discovery_failed: Account;
  client_unregistered: Account;
  not_connected: Account;
  reauthorization_required: Account & Required<Pick<ErrorDetails, 'reason'>>;
  insufficient_scope: Connection & Required<Pick<ErrorDetails, 'scopes'>>;
  token_refused: Account;
  body_not_replayable: Account;
  provider_unavailable: Account & Required<Pick<ErrorDetails, 'retryAt'>>;
  provider_refused: Account;
  token_not_saved: Account;
}

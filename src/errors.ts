/**
 * Every error this package throws on purpose, with the stable code a host switches on.
 * The evidence sits in `cause`; messages never carry a secret, and text from outside is escaped by `quote`.
 */

/** What happened, for a host to switch on; a code keeps its meaning across releases. */
export type ConnectionsErrorCode =
  /** The declaration as a whole could not be understood, so nothing is known of any name. */
  | 'config_unreadable'
  /** No connection of that name is declared, or stands in the table that was asked. */
  | 'connection_unknown'
  /** The connection is declared, and its declaration or the operator switched it off. */
  | 'connection_disabled'
  /** The table has the row, but it is no longer declared (`removed_at`). */
  | 'connection_removed'
  /** The declaration of that name has errors, or its row was edited into something unreadable. */
  | 'connection_rejected'
  /** A client secret could not be fetched from where its reference points, or was empty. */
  | 'secret_unresolved'
  /** The DataSource is of a type other than SQLite, PostgreSQL, MariaDB or MySQL. */
  | 'engine_unsupported'
  /** The driver of the DataSource is not installed, not compiled, or unknown to this TypeORM. */
  | 'driver_unusable'
  /** `dataSource.initialize()` has not been called. */
  | 'data_source_not_initialized'
  /** `store.initialize()` has not read the configuration yet. */
  | 'store_not_initialized'
  /** The `entities` of the DataSource lack some of `connectionEntities`. */
  | 'entities_not_registered'
  /** What was given as a repository of `ConnectionConfig` is something else. */
  | 'repository_mismatch'
  /** The connection tables are not there: the migrations have not run. */
  | 'tables_missing'
  /** A connection table lacks a column: a migration has not run, or was undone in part. */
  | 'schema_outdated'
  /** A newer release has migrated the database, and this one cannot work with it. */
  | 'schema_newer'
  /** A table of our name cannot be adopted or given back as it stands; nothing was changed. */
  | 'tables_foreign'
  /** Migrations have not run, and with `migrations: 'check'` this start may not run them. */
  | 'migrations_pending'
  /** A key is not 32 bytes long, or the current one is not among the keys. */
  | 'key_invalid'
  /** A text was encrypted with a key that this process was not given; nothing was changed. */
  | 'key_unknown'
  /** A text does not open: it was changed, cut short or copied from elsewhere; nothing was changed. */
  | 'ciphertext_invalid'
  /** A user id, connection name or account is missing, too long or not well-formed. */
  | 'token_key_invalid'
  /**
   * There are tokens of that user, connection and account already; or the table takes two users for one, because a column
   * that a foreign key holds has its own collation.
   */
  | 'token_key_taken'
  /** An authorization that was completed, is too old, or belongs to somebody else; nothing was taken from its owner. */
  | 'state_unknown'
  /** The address of a callback cannot be read, or has neither a code nor an error. */
  | 'callback_invalid'
  /** A callback names another authorization server than the user was sent to (RFC 9207). */
  | 'issuer_mismatch'
  /** The user said no at the provider. */
  | 'authorization_denied'
  /** The provider ended the authorization with an error, or does not take its code. */
  | 'authorization_failed'
  /** The connection was declared anew while the user was at the provider. */
  | 'connection_changed'
  /** An MCP server, its metadata or a redirect leads to an address that must not be asked (RFC 9728 section 7.7). */
  | 'address_refused'
  /** What an MCP server or its authorization server says of itself cannot be used. */
  | 'discovery_failed'
  /** There is no client for the authorization server: none is declared, and it registers none. */
  | 'client_unregistered'
  /** The API wants scopes that the token does not have (RFC 6750 section 3.1); `scopes` says which. */
  | 'insufficient_scope'
  /** No redirect URI is configured, and the host has given no address of its backend. */
  | 'redirect_uri_unknown'
  /** `returnTo` leads to an origin that is not allowed. */
  | 'return_to_refused'
  /** An option of `Connections` cannot be what it is. */
  | 'option_invalid'
  /** `connections.close()` was called while a caller waited. */
  | 'connections_closed'
  /** What `importTokens` was given is not tokens. */
  | 'tokens_invalid'
  /** The connection is declared with another `auth_type`: it has no tokens of users. */
  | 'connection_not_oauth'
  /** The user has no tokens for that connection and account. */
  | 'not_connected'
  /** The tokens cannot be used or renewed any more: the user has to connect again. They are kept. */
  | 'reauthorization_required'
  /** The token has expired and the provider does not answer for now; nothing is lost, try again. */
  | 'provider_unavailable'
  /** The provider refuses the client or the request, not the user: the operator has something to mend; nothing is lost. */
  | 'provider_refused'
  /** A provider gave new tokens and the database did not take them before the lease ended. */
  | 'token_not_saved'
  /** `source` is empty or longer than the column that keeps it. */
  | 'source_invalid'
  /** `legacyTimeZone` is not an IANA name that this Node.js knows. */
  | 'time_zone_unknown'
  /** A migration, or reading what has run, failed for a reason that has no code of its own. */
  | 'migration_failed'
  /** Another transaction or process held a table or the file for longer than `lockTimeout`. */
  | 'database_busy'
  /** The database refused or lost a read or a write of a sync; nothing was written. */
  | 'database_failed'
  /** Other processes changed the same rows each of the 20 times a sync tried; nothing was written. */
  | 'sync_contended'
  /** With `onSyncError: 'throw'`: a start found an unreadable configuration, a rejected entry or a conflict. */
  | 'sync_incomplete'
  /** The `createAll` of a subclass threw something that has no code of ours; `cause` is what it threw. */
  | 'create_all_failed'
  /** A subclass has `createAll` as a field, which would hide the classes above it. */
  | 'create_all_not_a_method'
  /** `createAll` was called by itself instead of by `initialize()`. */
  | 'create_all_outside_initialize'
  /** `initialize()` or `close()` was called from within a `createAll`. */
  | 'create_all_reentered';

/** The one base class: catch it, then switch on `code`. */
export class ConnectionsError extends Error {
  /** Tells it apart where `instanceof` cannot, as across two copies of the package. */
  override readonly name = 'ConnectionsError';

  /** With `insufficient_scope`: what the API asks for (RFC 6750 section 3.1). */
  readonly scopes?: readonly string[];

  /**
   * Made by this package; a host's own port or test may throw one too.
   * @param code stable across releases; the message is not
   * @param message what happened and what to do now
   * @param options `cause`: the evidence, for a debugger rather than for a log line; `scopes` of `insufficient_scope`
   */
  constructor(
    readonly code: ConnectionsErrorCode,
    message: string,
    options?: { cause?: unknown; scopes?: readonly string[] },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    if (options?.scopes) this.scopes = options.scopes;
  }
}

/** The message of anything thrown, escaped and bounded, for quoting inside our own messages. */
export function describeError(error: unknown): string {
  return escapeText(error instanceof Error ? error.message : String(error), 300);
}

/** The system's code of a failure, as in ENOENT: safe to show where a message might quote what was read. */
export function reasonCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'no reason given';
}

/** Text from outside in double quotes: control characters escaped, cut at `limit` (default 80); of anything else its type. */
export function quote(text: unknown, limit = 80): string {
  if (typeof text !== 'string') return typeof text;
  return `"${escapeText(text, limit).replaceAll('"', '\\"')}"`;
}

function escapeText(text: string, limit: number): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const unit = character.codePointAt(0) ?? 0;
    return `\\u${unit.toString(16).padStart(4, '0')}`;
  });
}

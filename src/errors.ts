/**
 * Every error this package throws on purpose, with the stable code a host switches on.
 * The evidence sits in `cause`; messages never carry a secret, and text from outside is escaped by `quote`.
 */

export type ConnectionsErrorCode =
  | 'config_unreadable'
  | 'connection_unknown'
  | 'connection_disabled'
  | 'connection_removed'
  | 'connection_rejected'
  | 'secret_unresolved'
  | 'engine_unsupported'
  | 'driver_unusable'
  | 'data_source_not_initialized'
  | 'store_not_initialized'
  | 'entities_not_registered'
  | 'repository_mismatch'
  | 'tables_missing'
  | 'schema_outdated'
  | 'schema_newer'
  | 'tables_foreign'
  | 'migrations_pending'
  | 'time_zone_unknown'
  | 'migration_failed'
  | 'database_busy'
  | 'database_failed'
  | 'sync_contended'
  | 'sync_incomplete'
  | 'create_all_failed'
  | 'create_all_not_a_method'
  | 'create_all_outside_initialize'
  | 'create_all_reentered';

/** The one base class: catch it, then switch on `code`. */
export class ConnectionsError extends Error {
  override readonly name = 'ConnectionsError';

  /**
   * @param code stable across releases; the message is not
   * @param message what happened and what to do now
   * @param options `cause`: the evidence, for a debugger rather than for a log line
   */
  constructor(
    readonly code: ConnectionsErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
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

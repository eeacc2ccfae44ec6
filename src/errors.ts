/**
 * The one error class of this package, and how to recognize it. Messages say what happened and what to do; they never
 * contain a secret, and text from outside passes through `quote` first.
 */
import type { ConnectionsErrorCode, DetailsByCode, ErrorDetails } from './error-codes';

/** Every error that this package throws on purpose. Switch on `code`; the message may change between releases. */
export class ConnectionsError extends Error {
  /** Recognizes the class where `instanceof` cannot, as across two copies of the package. */
  override readonly name = 'ConnectionsError';
  /** The connection concerned, where one is. */
  readonly connectionName?: string;
  /** Which of the user's accounts at the connection, where that is known. */
  readonly account?: string;
  /** Of a failed `complete`: where `authorize` was asked to send the user; `null` when it was not. */
  readonly returnTo?: string | null;
  /** Of `insufficient_scope`: the scopes that the API asks for (RFC 6750 section 3.1). */
  readonly scopes?: readonly string[];
  /** Of `provider_unavailable`: when the provider will be asked again; `null` when that is not known. */
  readonly retryAt?: Date | null;
  /** Of `reauthorization_required`: why the user has to connect again. */
  readonly reason?: NonNullable<ErrorDetails['reason']>;
  /**
   * Of `state_unknown`, where the flow is still there: `browser` when it lacks the cookie of the browser in which it began, `user` when it
   * is bound to another user than the one who came back, so that an app of that user may complete it. Otherwise absent.
   */
  readonly boundTo?: NonNullable<ErrorDetails['boundTo']>;

  /**
   * Used by this package; a port or a test of the host's may use it too.
   * @param code stable across releases
   * @param message what happened and what to do about it
   * @param details what the error is about, and the `cause`: evidence for a debugger, not for a log line
   */
  constructor(
    readonly code: ConnectionsErrorCode,
    message: string,
    { cause, ...details }: ErrorDetails & { readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    if (code === 'provider_unavailable') this.retryAt = null;
    Object.assign(this, detailsOfError(details));
  }
}

const detailNames = Object.keys({
  connectionName: true,
  account: true,
  returnTo: true,
  scopes: true,
  retryAt: true,
  reason: true,
  boundTo: true,
} satisfies Record<keyof ErrorDetails, true>) as (keyof ErrorDetails)[];

/** The details that an error has; nothing else of it. */
export function detailsOfError(from: ErrorDetails): ErrorDetails {
  const given = detailNames.filter((name) => from[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, from[name]]));
}

/** A `ConnectionsError` of one code, with the details that every error of that code has. */
export type ConnectionsErrorOf<Code extends ConnectionsErrorCode> = Code extends keyof DetailsByCode
  ? ConnectionsError & { readonly code: Code } & Readonly<DetailsByCode[Code]>
  : ConnectionsError & { readonly code: Code };

/**
 * Whether a value is a `ConnectionsError`, of one of these codes if any are given; the compiler then knows its details.
 * @param error anything that was caught
 * @param codes to accept; default all
 * @example
 * try {
 *   return await connections.getAccessToken(userId, 'github');
 * } catch (error) {
 *   if (isConnectionsError(error, 'reauthorization_required')) return askToConnect(error.connectionName, error.reason);
 *   throw error;
 * }
 */
export function isConnectionsError<Code extends ConnectionsErrorCode = ConnectionsErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is ConnectionsErrorOf<Code> {
  try {
    // By name, not by class: a second copy of the package has a class of its own.
    const isOurs = error instanceof Error && error.name === 'ConnectionsError' && 'code' in error;
    return isOurs && (codes.length === 0 || codes.includes(error.code as Code));
  } catch {
    // A getter or a proxy that throws is no error of ours, and must not take the place of the one that was caught.
    return false;
  }
}

/** How many errors may be wrapped in each other. */
const MAX_WRAPPED = 50;

/**
 * The `ConnectionsError` inside an error that a library has wrapped: looks through `cause` and `data.cause`.
 * @param error anything that was caught
 * @param codes to look for; default all
 * @returns the outermost one; undefined when there is none
 * @example
 * client.callTool(call).catch((error) => {
 *   const found = findConnectionsError(error, 'not_connected', 'reauthorization_required');
 *   if (found) return askToConnect(found.connectionName);
 *   throw error;
 * });
 */
export function findConnectionsError<Code extends ConnectionsErrorCode = ConnectionsErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): ConnectionsErrorOf<Code> | undefined {
  const candidates = new Set<unknown>([error]);
  for (const candidate of candidates) {
    if (isConnectionsError(candidate, ...codes)) return candidate;
    if (candidates.size > MAX_WRAPPED) continue;
    candidates.add(field(candidate, 'cause')).add(field(field(candidate, 'data'), 'cause'));
  }
  return undefined;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/**
 * A copy of a `ConnectionsError` with those of the details that it lacks; an error that lacks none, and anything else, is returned as it
 * is. A copy, since callers that share one attempt share the error object.
 */
export function withDetails(error: unknown, details: ErrorDetails): unknown {
  if (!(error instanceof ConnectionsError)) return error;
  const missing = Object.entries(details).filter(([name]) => error[name as keyof ErrorDetails] === undefined);
  if (missing.length === 0) return error;
  const { code, message, cause } = error;
  const all = { ...Object.fromEntries(missing), ...detailsOfError(error) };
  const copy = new ConnectionsError(code, message, { ...all, cause });
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

/** The message of anything thrown, escaped and bounded, for quoting inside our own messages. */
export function describeError(error: unknown): string {
  try {
    return escapeText(String(error instanceof Error ? error.message : error), 300);
  } catch {
    return 'an error that cannot be read';
  }
}

/** The system's code of a failure, as in ENOENT: safe to show where a message might quote what was read. */
export function reasonCode(error: unknown): string {
  const code = field(error, 'code');
  return typeof code === 'string' ? escapeText(code, 80) : 'no reason given';
}

/**
 * Text from outside in double quotes: control characters and markup escaped, cut at `limit` (default 80); for a
 * value that is not text, its type.
 */
export function quote(text: unknown, limit = 80): string {
  if (typeof text !== 'string') return typeof text;
  return `"${escapeText(text, limit).replaceAll('"', '\\"')}"`;
}

/** The first names, each quoted, and how many more there are. */
export function quoteSome(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map((name) => quote(name));
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Also escapes `<`, `>` and `&`, so that a message printed into a page adds no markup to it. Quotation marks and backquotes stay: our
 * own sentences contain them, so a host has to escape a message for an attribute anyway.
 */
function escapeText(text: string, limit: number): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return shown.replace(/[<>&\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const unit = character.codePointAt(0) ?? 0;
    return `\\u${unit.toString(16).padStart(4, '0')}`;
  });
}

/**
 * Sends messages to the host's logger, or, without one, warnings and errors to `process.emitWarning`. A logger that fails
 * never interrupts the work that it logs.
 */
import { types } from 'node:util';

/** The methods that a host's logger needs; `console`, pino and Nest's logger have them. Nest has `log` instead of `info`. */
export interface Logger {
  /**
   * Receives the totals of each sync. Optional: without it they are not logged.
   * @param message one line without secrets, with control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  debug?(message: string): unknown;
  /**
   * Receives each migration that ran and each connection that was created, updated or adopted. Optional.
   * @param message one line without secrets, with control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  info?(message: string): unknown;
  /**
   * Receives the messages of `info` when the logger has no `info`. Optional.
   * @param message one line without secrets, with control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  log?(message: string): unknown;
  /**
   * Receives what works but is worth a look: a removed connection, a misspelt field, a newer schema.
   * @param message one line without secrets, with control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  warn(message: string): unknown;
  /**
   * Receives what a person has to correct: a rejected entry, a conflict, a failed sync.
   * @param message one line without secrets, with control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  error(message: string): unknown;
}

/** Severity of a message, in ascending order; also the name of the `Logger` method that receives it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, message: string) => void;

/**
 * Creates the function through which this package logs.
 * @param logger default: warnings and errors become process warnings of type `McpConnectionsWarning`
 */
export function createLog(logger?: Logger): Log {
  if (!logger) return emitProcessWarning;
  return (level, message) => {
    settle(
      () => (level === 'info' && !logger.info ? logger.log?.(message) : logger[level]?.(message)),
      () =>
        emitProcessWarning(
          'warn',
          `The logger given to mcp-connections failed, and a message of the level "${level}" was lost. Check the logger.`,
        ),
    );
  };
}

/** Calls code of the host. What it throws, or rejects with later, goes to `failed` and never to the caller. */
export function settle(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const answer = call();
    // Also one of another realm. Not anything with a `then`: a query builder would run its query once more.
    if (types.isPromise(answer)) answer.catch(failed);
  } catch (error) {
    failed(error);
  }
}

function emitProcessWarning(level: LogLevel, message: string): void {
  if (level === 'warn' || level === 'error') process.emitWarning(message, { type: 'McpConnectionsWarning' });
}

/**
 * Where messages go: to the logger the host gives, or, without one, warnings and errors to `process.emitWarning`
 * and nothing else. A logger that fails never stops what it was told about.
 */

/** What a host's logger must have; `console`, pino and Nest's logger do. Nest says `log` for `info`. */
export interface Logger {
  /**
   * Told the counts of each sync; without it they are left out.
   * @param message one line, free of secrets, control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  debug?(message: string): unknown;
  /**
   * Told of each migration that ran and each connection that was created, updated or taken over.
   * @param message one line, free of secrets, control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  info?(message: string): unknown;
  /**
   * Called for `info` by loggers that have no `info`; without either those messages are left out.
   * @param message one line, free of secrets, control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  log?(message: string): unknown;
  /**
   * Told what works and deserves a look: a removed connection, a misspelt field, a newer schema.
   * @param message one line, free of secrets, control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  warn(message: string): unknown;
  /**
   * Told what a person has to mend: a rejected entry, a conflict, a sync that failed.
   * @param message one line, free of secrets, control characters escaped
   * @returns ignored; a promise that rejects is caught
   */
  error(message: string): unknown;
}

/** How much a line matters, least first; also the method of a `Logger` that gets it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, message: string) => void;

/**
 * One function over any logger.
 * @param logger default: warnings and errors become process warnings of type `McpConnectionsWarning`
 */
export function createLog(logger?: Logger): Log {
  if (!logger) return emitProcessWarning;
  return (level, message) => {
    settle(
      () => (level === 'info' && !logger.info ? logger.log?.(message) : logger[level]?.(message)),
      () => emitProcessWarning('warn', 'The logger given to mcp-connections failed; a message was lost.'),
    );
  };
}

/** Calls something of the host's that we owe nothing but the call: what it throws, or rejects with later, stays here. */
export function settle(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const answer = call();
    if (answer instanceof Promise) answer.catch(failed);
  } catch (error) {
    failed(error);
  }
}

function emitProcessWarning(level: LogLevel, message: string): void {
  if (level === 'warn' || level === 'error') process.emitWarning(message, { type: 'McpConnectionsWarning' });
}

/**
 * Where messages go: to the logger the host gives, or, without one, warnings and errors to `process.emitWarning`
 * and nothing else. A logger that fails never stops what it was told about.
 */

/** What a host's logger must have; `console`, pino and Nest's logger do. Nest says `log` for `info`. */
export interface Logger {
  debug?(message: string): unknown;
  info?(message: string): unknown;
  log?(message: string): unknown;
  warn(message: string): unknown;
  error(message: string): unknown;
}

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

/** The kinds of database failure. Engines recognize them by the driver's error code, not by the class of the error. */

export type DatabaseFailure =
  | 'missing_schema'
  | 'missing_table'
  | 'missing_column'
  | 'duplicate_key'
  | 'contended'
  | 'busy'
  | 'read_only'
  | 'denied'
  | 'constraint'
  | 'other';

/** The commit of a transaction failed: it is not known whether it was carried out. */
export class CommitFailure extends Error {
  constructor(cause: unknown) {
    super('The commit failed', { cause });
  }
}

/** A connection did not answer in time, and was closed. */
export class NoAnswer extends Error {
  /** @param limitMs how long it had, in milliseconds */
  constructor(readonly limitMs: number) {
    super(`The connection did not answer for ${limitMs} ms and was closed`);
  }
}

/** The server has ended a transaction of the host, with all that the host wrote in it. */
export class TransactionLost extends Error {
  constructor(cause: unknown) {
    super('The transaction of the host was rolled back', { cause });
  }
}

/** The driver's code, SQLSTATE and message: TypeORM wraps the driver's error in `driverError`. */
export function driverError(error: unknown): { code: string; state: string; message: string } {
  const outer = record(error);
  const inner = outer['driverError'] === undefined ? outer : record(outer['driverError']);
  return {
    code: text(inner['code']),
    state: text(inner['sqlState']),
    message: text(inner['message']),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Classifies errors of PostgreSQL by SQLSTATE. */
import { ConnectionsError } from '../../errors';
import type { DatabaseFailure } from '../failure';
import { driverError } from '../failure';

export function postgresFailure(error: unknown): DatabaseFailure {
  const { code } = driverError(error);
  if (code === '3F000') return 'missing_schema';
  if (code === '42P01') return 'missing_table';
  if (code === '42703') return 'missing_column';
  if (code === '23505') return 'duplicate_key';
  if (code === '40P01' || code === '40001') return 'contended';
  if (code === '55P03') return 'busy';
  if (code === '25006') return 'read_only';
  if (code === '42501') return 'denied';
  if (code.startsWith('23')) return 'constraint';
  return 'other';
}

/** Whether an error came before the commit: of a statement, or of a client that sent nothing. */
export function isBeforeCommit(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof ConnectionsError) return true;
  const { code, message } = driverError(error);
  if (message.includes('not queryable')) return true;
  const isSqlState = /^(?:\d[\dA-Z]{4}|P0\d{3})$/.test(code);
  // Those of a broken connection, of a pooler, and of a server that stops may have come after it.
  return isSqlState && !/^(08|58|57P)/.test(code);
}

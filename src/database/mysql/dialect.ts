/** SQL of MariaDB and MySQL, where rows are in VALUES lists and text compares by the collation of its column; and what their errors mean. */
import type { Dialect } from '../dialect';
import type { DatabaseFailure } from '../failure';
import { CommitFailure, driverError } from '../failure';
import { backquoted } from '../names';
import { valuesLists } from '../sql/batch';
import { afterBoth, amongAlternatives, inList } from '../sql/keys';

export const mysqlDialect: Dialect = {
  rowLock: ' FOR UPDATE',
  placeholder: () => '?',
  instantFromNow: (milliseconds) =>
    `CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3) + INTERVAL ${milliseconds * 1000} MICROSECOND, ` +
    "'%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')",
  // Bytes compare without a collation, whatever the character set of the column.
  exactText: (text) => `CAST(CONVERT(${text} USING utf8mb4) AS BINARY)`,
  // Columns may differ in their collations, of which none has to win once all are converted.
  lines: (texts) => `CONCAT(${texts.map((text) => `CONVERT(${text} USING utf8mb4)`).join(`, '\n', `)})`,
  among: inList,
  after: afterBoth,
  lookup: amongAlternatives,
  insert: (batch) => valuesLists(batch, backquoted),
  overwrite(batch, _key, assigned) {
    const assignments = assigned.map((name) => `${backquoted(name)} = VALUES(${backquoted(name)})`);
    return valuesLists(batch, backquoted, ` ON DUPLICATE KEY UPDATE ${assignments.join(', ')}`);
  },
};

/** By the code of the driver. */
export function mysqlFailure(error: unknown): DatabaseFailure {
  const { code, state } = driverError(error);
  if (code === 'ER_NO_SUCH_TABLE') return 'missing_table';
  if (code === 'ER_BAD_FIELD_ERROR') return 'missing_column';
  if (code === 'ER_DUP_ENTRY') return 'duplicate_key';
  if (code === 'ER_LOCK_DEADLOCK' || code === 'ER_CHECKREAD') return 'contended';
  if (code === 'ER_LOCK_WAIT_TIMEOUT') return 'busy';
  if (code === 'ER_OPTION_PREVENTS_STATEMENT' || code === 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION') {
    return 'read_only';
  }
  if (/^ER_(TABLEACCESS|DBACCESS|COLUMNACCESS|SPECIFIC_ACCESS)_DENIED_ERROR$/.test(code)) return 'denied';
  // The driver knows MariaDB's error of a CHECK under another name.
  if (state.startsWith('23')) return 'constraint';
  return 'other';
}

/** Throws an error that came before the commit as it is: of a statement, or of a client that sent nothing. */
export function orCommitFailure(error: unknown): never {
  const { code, message } = driverError(error);
  const isUnsent = error instanceof TypeError || message.includes('in closed state');
  // An error of the connection, or of the server as a whole, may have come after the commit.
  const isOfServer = /^ER_(SERVER_SHUTDOWN|QUERY_INTERRUPTED|ERROR_DURING_COMMIT)$/.test(code);
  throw isUnsent || (code.startsWith('ER_') && !isOfServer) ? error : new CommitFailure(error);
}

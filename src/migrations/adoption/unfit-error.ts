/** The refusal of a table, made before anything is changed. */
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';

/**
 * @param what about the table, as a clause
 * @param advice what to do, as the beginning of a sentence
 */
export function unfit({ target }: ResolvedTable, what: string, advice: string): ConnectionsError {
  return new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} of another program cannot be adopted: ${what}. Nothing was changed. ` +
      `${advice} and start again.`,
  );
}

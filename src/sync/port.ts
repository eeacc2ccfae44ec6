/** What a sync needs of a table: read every row, and apply the writes of a plan in full or not at all. */
import type { DeclaredRow, StoredRow } from './row';

/** A row to insert. */
export interface ConnectionInsert {
  /** Id of the new row, at most 36 characters; a UUID unless `newId` is given. */
  readonly id: string;
  /** Columns of the new row; write `enabled` as true when it is `null`. */
  readonly row: DeclaredRow;
}

/** A row to overwrite, if it has not changed since it was read. Leave `enabled` alone when it is `null`. */
export interface ConnectionOverwrite {
  /** The row as it will be written. */
  readonly row: DeclaredRow;
  /** The row as it was read, to compare with the current row. */
  readonly stored: StoredRow;
}

/** All writes of one sync; every list is ordered by name. */
export interface SyncWrites {
  /** Value of `managed_by` for every row that is inserted or overwritten. */
  readonly source: string;
  /** Rows to insert. */
  readonly insert: readonly ConnectionInsert[];
  /** Rows to overwrite: updated and adopted ones. */
  readonly overwrite: readonly ConnectionOverwrite[];
  /** Rows in which to set `removed_at` and `updated_at`; their other columns stay. */
  readonly disable: readonly StoredRow[];
  /** Rows to delete. */
  readonly delete: readonly StoredRow[];
  /** ISO-8601 UTC: `created_at` of inserted rows, `updated_at` of every written row, `removed_at` of disabled rows. */
  readonly at: string;
}

/** The storage behind a sync. A host can implement it in place of a TypeORM repository. */
export interface ConnectionConfigPort {
  /** Whether writes take part in a transaction of the host, which then commits or rolls them back. */
  readonly inHostTransaction: boolean;
  /**
   * Reads every row of the table.
   * @param again whether an `apply` has returned false before; the read must then see what other transactions committed
   * @returns the rows of all sources, in any order
   */
  read(again: boolean): Promise<readonly StoredRow[]>;
  /**
   * Applies all writes or none, also inside a transaction of the host.
   * @param writes the changes; rows in `overwrite`, `disable` and `delete` come with the values that were read
   * @returns true when everything was written; false, with nothing written, when one of these rows has changed since it
   * was read, or a name to insert exists by now
   */
  apply(writes: SyncWrites): Promise<boolean>;
}

/** What a sync needs of a table: read every row, and carry out a plan whole or not at all. */
import type { DeclaredRow, StoredRow } from './row';

/** A row that is not there yet. */
export interface ConnectionInsert {
  /** Of the new row, at most 36 characters; a UUID unless `newId` says otherwise. */
  readonly id: string;
  /** Its columns; `enabled` is true where the declaration does not say. */
  readonly row: DeclaredRow;
}

/** A row that is overwritten, if it still is as it was read. `enabled` stays as it is where the declaration does not say. */
export interface ConnectionOverwrite {
  /** As it is to be. */
  readonly row: DeclaredRow;
  /** As it was read, to be held against what is there now. */
  readonly stored: StoredRow;
}

/** Everything that one sync writes, each list in the order of names. */
export interface SyncWrites {
  /** `managed_by` of every row that is inserted or overwritten. */
  readonly source: string;
  /** Rows that come in. */
  readonly insert: readonly ConnectionInsert[];
  /** Rows that change: those updated and those taken over. */
  readonly overwrite: readonly ConnectionOverwrite[];
  /** Rows that get `removed_at`; the rest of each stays. */
  readonly disable: readonly StoredRow[];
  /** Rows that go. */
  readonly delete: readonly StoredRow[];
  /** ISO-8601 UTC: `created_at` of what is inserted, `updated_at` and `removed_at` of what is changed. */
  readonly at: string;
}

/** Where a sync reads and writes when it is not given a repository; a host may write its own. */
export interface ConnectionConfigPort {
  /** True inside a transaction of the host, which decides about what a sync wrote. */
  readonly inHostTransaction: boolean;
  /**
   * Every row of the table, in any order.
   * @param again true when an `apply` found that others were there: what they committed must be seen then
   * @returns the rows of all sources
   */
  read(again: boolean): Promise<readonly StoredRow[]>;
  /**
   * Carries out all of it or none, inside a host's transaction too.
   * @param writes a row in `overwrite`, `disable` or `delete` is as read while its `id`, `updatedAt` and `managedBy`
   * are
   * @returns true when it is done; false, having written nothing, when a row was no longer as read or a name was
   * taken meanwhile
   */
  apply(writes: SyncWrites): Promise<boolean>;
}

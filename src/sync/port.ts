/** What a sync needs of a table: read every row, and carry out a plan whole or not at all. */
import type { DeclaredRow, StoredRow } from './row';

/** A row that is not there yet. */
export interface Insert {
  /** UUID. */
  readonly id: string;
  /** Enabled unless it says otherwise. */
  readonly row: DeclaredRow;
}

/** A row that is overwritten, if it still is as it was read. `enabled` stays as it is where the declaration does not say. */
export interface Overwrite {
  readonly row: DeclaredRow;
  readonly stored: StoredRow;
}

/** Everything that one sync writes, each list in the order of names. */
export interface SyncWrites {
  /** `managed_by` of every row that is inserted or overwritten. */
  readonly source: string;
  readonly insert: readonly Insert[];
  readonly overwrite: readonly Overwrite[];
  /** Rows that get `removed_at`. */
  readonly disable: readonly StoredRow[];
  readonly delete: readonly StoredRow[];
  /** ISO-8601 UTC: `created_at` of what is inserted, `updated_at` and `removed_at` of what is changed. */
  readonly at: string;
}

export interface ConnectionConfigPort {
  /** True inside a transaction of the host, which decides about what a sync wrote. */
  readonly inHostTransaction: boolean;
  /** @param again true when an `apply` found that others were there: what they committed must be seen then */
  read(again: boolean): Promise<readonly StoredRow[]>;
  /**
   * Carries out all of it or none, inside a host's transaction too.
   * @returns false, having written nothing, when a row was no longer as read or a name was taken meanwhile
   */
  apply(writes: SyncWrites): Promise<boolean>;
}

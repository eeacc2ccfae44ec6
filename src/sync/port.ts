/** What a sync needs of a table: read every row, and carry out a plan whole or not at all. */
import type { DeclaredRow, StoredRow } from './row';

/** A row as it is to stand in the table. */
export interface WrittenRow extends DeclaredRow {
  readonly id: string;
  readonly enabled: boolean;
  readonly managedBy: string;
}

/** A row that is to be overwritten, if it still is as it was read. */
export interface Overwrite {
  readonly row: WrittenRow;
  readonly seen: StoredRow;
  /** Whether the declaration decides `enabled`; else the column keeps what it has. */
  readonly setsEnabled: boolean;
}

/** Everything that one sync writes, each list in the order of names. */
export interface SyncWrites {
  readonly insert: readonly WrittenRow[];
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

/** The port without a database, for testing sync logic alone; it keeps to the same conformance suite. */
import type { ConnectionConfigPort, SyncWrites } from '../sync/port';
import type { StoredRow } from '../sync/row';
import { isAsRead } from '../sync/row';

/** Stands in for the repository in a host's tests; checks for stale rows and taken names as the database does. */
export class InMemoryConnectionConfigs implements ConnectionConfigPort {
  /** Always false: reports say `committed: true`. */
  readonly inHostTransaction = false;
  private readonly rows = new Map<string, StoredRow>();

  /**
   * A table of its own, in memory.
   * @param rows what it holds at first; default nothing
   */
  constructor(rows: readonly StoredRow[] = []) {
    this.seed(rows);
  }

  /**
   * Puts rows there, over those of the same names, as another program would.
   * @param rows kept as they are given
   */
  seed(rows: readonly StoredRow[]): void {
    for (const row of rows) this.rows.set(row.name, row);
  }

  /**
   * What a test asserts on after a sync.
   * @returns every row, in the order in which they came in
   */
  async read(): Promise<readonly StoredRow[]> {
    return [...this.rows.values()];
  }

  /**
   * Carries out all of it or none.
   * @param writes as a sync gives them
   * @returns false, having written nothing, when a row is no longer as read or a name is taken
   */
  async apply(writes: SyncWrites): Promise<boolean> {
    const seen = [...writes.overwrite.map(({ stored }) => stored), ...writes.disable, ...writes.delete];
    const isStale = (row: StoredRow) => {
      const current = this.rows.get(row.name);
      return current === undefined || !isAsRead(current, row);
    };
    if (seen.some(isStale) || writes.insert.some(({ row }) => this.rows.has(row.name))) return false;
    const written = { managedBy: writes.source, removedAt: null };
    for (const { id, row } of writes.insert) {
      this.rows.set(row.name, { ...row, ...written, id, enabled: row.enabled ?? true });
    }
    for (const { row, stored } of writes.overwrite) {
      this.rows.set(row.name, { ...row, ...written, id: stored.id, enabled: row.enabled ?? stored.enabled });
    }
    for (const row of writes.disable) this.rows.set(row.name, { ...row, removedAt: writes.at });
    for (const { name } of writes.delete) this.rows.delete(name);
    return true;
  }
}

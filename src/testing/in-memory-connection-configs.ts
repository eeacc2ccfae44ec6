/** The table `connection_configs` in memory, for tests of a sync without a database; it passes the same conformance tests. */
import type { ConnectionConfigPort, SyncWrites } from '../sync/port';
import type { StoredRow } from '../sync/row';
import { isAsRead } from '../sync/row';

/**
 * Takes the place of the repository in a test: refuses outdated rows and names that are taken, as the database does.
 * @example
 * const table = new InMemoryConnectionConfigs();
 * await syncConnectionConfigs(
 *   { mcpServers: { github: { url: 'https://api.githubcopilot.com/mcp/', auth_type: 'oauth2' } } },
 *   table,
 * );
 * console.log(await table.read());
 */
export class InMemoryConnectionConfigs implements ConnectionConfigPort {
  /** Always false, so that reports say `committed: true`. */
  readonly inHostTransaction = false;
  private readonly rows = new Map<string, StoredRow>();

  /**
   * Creates a table of its own.
   * @param rows its first rows; default none
   */
  constructor(rows: readonly StoredRow[] = []) {
    this.seed(rows);
  }

  /**
   * Stores rows, in place of those with the same names, as another program would.
   * @param rows stored as they are
   */
  seed(rows: readonly StoredRow[]): void {
    for (const row of rows) this.rows.set(row.name, row);
  }

  /**
   * Reads the table, for the sync and for the assertions of a test.
   * @returns every row, in the order in which they were first stored
   */
  async read(): Promise<readonly StoredRow[]> {
    return [...this.rows.values()];
  }

  /**
   * Carries out all of the writes, or none.
   * @param writes of one sync
   * @returns false when a row has changed since it was read, or a name is taken; then nothing was written
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

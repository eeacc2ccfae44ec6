/** A port of a host beside the table in memory: both are told the same, and then hold the same. */
import assert from 'node:assert/strict';
import type { ConnectionsDocument } from '../../config/document';
import type { ConnectionConfigPort, SyncWrites } from '../../sync/port';
import type { StoredRow } from '../../sync/row';
import { isJsonColumn } from '../../sync/row';
import type { SyncOptions } from '../../sync/sync';
import { syncConnectionConfigs } from '../../sync/sync';
import { InMemoryConnectionConfigs } from '../in-memory-connection-configs';

type Entries = ConnectionsDocument['mcpServers'];

const AT = '2026-03-03T03:03:03.003Z';

export class PortPair {
  private ids = 0;
  private readonly reference = new InMemoryConnectionConfigs();

  constructor(readonly port: ConnectionConfigPort) {}

  /** A sync of both, after which they must not differ. */
  async sync(mcpServers: Entries, options: SyncOptions = {}): Promise<void> {
    const before = this.ids;
    const reports = [];
    for (const port of [this.port, this.reference]) {
      this.ids = before;
      const newId = () => `00000000-0000-4000-8000-${String((this.ids += 1)).padStart(12, '0')}`;
      const given = { now: () => new Date(AT), newId, ...options };
      reports.push(await syncConnectionConfigs({ mcpServers }, port, given));
    }
    const [own, expected] = reports;
    assert.deepEqual({ ...own, committed: true }, expected);
    await this.compare();
  }

  /** Hands writes to both, as a sync that has read `rows` does. */
  async apply(writes: Partial<SyncWrites>): Promise<void> {
    const all = { source: 'default', insert: [], overwrite: [], disable: [], delete: [], at: AT, ...writes };
    assert.equal(await this.port.apply(all), await this.reference.apply(all), 'the result of `apply`');
    await this.compare();
  }

  async row(name: string): Promise<StoredRow> {
    const row = (await this.port.read(false)).find((one) => one.name === name);
    assert(row, `the row ${name} is there`);
    return row;
  }

  private async compare(): Promise<void> {
    assert.deepEqual(readable(await this.port.read(false)), readable(await this.reference.read()));
  }
}

/** In an order of their own, and JSON as what it means. */
function readable(rows: readonly StoredRow[]): unknown[] {
  const meaning = ([column, value]: [string, unknown]) =>
    isJsonColumn(column) && typeof value === 'string' ? [column, JSON.parse(value)] : [column, value];
  return rows
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((row) => Object.fromEntries(Object.entries(row).map(meaning)));
}

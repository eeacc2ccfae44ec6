import { describe } from 'vitest';
import { InMemoryConnectionConfigs } from '../../src/testing/in-memory-connection-configs';
import type { SyncWrites } from '../../src/sync/port';
import { portConformance } from '../sync/port.conformance';

/** With a row that cannot be written. */
class Refusing extends InMemoryConnectionConfigs {
  failing: string | undefined;

  override async apply(writes: SyncWrites): Promise<boolean> {
    if (writes.insert.some(({ row }) => row.name === this.failing)) throw new Error('cannot write');
    return super.apply(writes);
  }
}

describe('InMemoryConnectionConfigs', () => {
  portConformance(async () => {
    const port = new Refusing();
    return {
      port,
      put: async (rows) => port.seed(rows),
      failOn: async (name) => void (port.failing = name),
    };
  });
});

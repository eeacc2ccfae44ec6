/** A started store for a job that is about something else than starting. */
import type { DataSourceOptions } from 'typeorm';
import type { ConnectionsDocument } from '../../../src/config/document';
import { MetadataStore } from '../../../src/store/metadata-store';
import type { Connection } from '../in-every-job';

export async function withStore<Result>(
  connection: Connection,
  work: (store: MetadataStore) => Promise<Result>,
  config: ConnectionsDocument = { mcpServers: {} },
): Promise<Result> {
  const silent = () => undefined;
  const store = new MetadataStore({
    dataSource: connection as unknown as DataSourceOptions,
    config,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  });
  await store.initialize();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

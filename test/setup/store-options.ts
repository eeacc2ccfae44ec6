/** A store that declares two connections, `a` and `b`. */
import type { MetadataStore, MetadataStoreOptions } from '../../src';
import { ConnectionConfig, connectionEntities } from '../../src';
import type { TestDatabase } from './database';
import { declaration, entry } from './declarations';
import { recordingLogger } from './recording-logger';

export const config = declaration({ a: entry(), b: entry() });
export const entities = [...connectionEntities];
export const logger = recordingLogger();

/** The store opens and closes a DataSource of its own. */
export function storeOptions(
  { options }: TestDatabase,
  more: Partial<MetadataStoreOptions> = {},
): MetadataStoreOptions {
  return { dataSource: { ...options, entities }, config, logger, ...more };
}

/** How many rows its table of connections has. */
export function countRows(store: MetadataStore): Promise<number> {
  return store.dataSource.getRepository(ConnectionConfig).count();
}

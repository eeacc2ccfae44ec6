/** A table into which a document was synced, and the registry over it. */
import type { ConnectionsDocument } from '../../src';
import { ConnectionConfig, syncConnectionConfigs, tableRegistry } from '../../src';
import type { MigratedDatabase } from './migrated-database';

export async function syncedTable({ dataSource }: MigratedDatabase, config: ConnectionsDocument) {
  const repo = dataSource.getRepository(ConnectionConfig);
  await syncConnectionConfigs(config, repo);
  return { repo, registry: tableRegistry(repo, { document: config }) };
}

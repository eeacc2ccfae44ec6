/** A table into which a document was synced, and the registry over it. */
import type { ConnectionsDocument } from '../../src/config/document';
import { ConnectionConfig } from '../../src/entities';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { tableRegistry } from '../../src/sync/table-registry';
import type { MigratedDatabase } from './migrated-database';

export async function syncedTable({ dataSource }: MigratedDatabase, config: ConnectionsDocument) {
  const repo = dataSource.getRepository(ConnectionConfig);
  await syncConnectionConfigs(config, repo);
  return { repo, registry: tableRegistry(repo, { document: config }) };
}

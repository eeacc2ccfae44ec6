/** A migrated database of its own into which a document was synced, and the registry over its table. */
import type { ConnectionsDocument } from '../../src/config/document';
import { ConnectionConfig } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { tableRegistry } from '../../src/sync/table-registry';
import { testDatabase } from './database';
import type { EngineName } from './engine-name';

export async function syncedTable(engine: EngineName, config: ConnectionsDocument) {
  const dataSource = await (await testDatabase(engine)).connect();
  await runConnectionMigrations(dataSource);
  const repo = dataSource.getRepository(ConnectionConfig);
  await syncConnectionConfigs(config, repo);
  return { repo, registry: tableRegistry(repo, { document: config }) };
}

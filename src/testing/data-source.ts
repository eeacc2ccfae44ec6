/** A DataSource for one test: SQLite in memory, with the connection tables in place. */
import type { DataSource } from 'typeorm';
import { checkOptions } from '../options';
import { StoreDataSource } from '../store/store-data-source';
import { hostEntities } from './options';
import { type HostEntity, inMemory } from './sql-js';

/**
 * Opens a database for one test: SQLite in memory, with the package `sql.js`.
 * @param entities the host's own, whose tables `synchronize` creates; default none
 * @returns initialized, with the connection tables in place; the test calls `destroy()` at its end
 * @throws ConnectionsError `option_invalid` or `driver_unusable`
 * @example
 * const dataSource = await createTestDataSource([User]);
 * await syncConnectionConfigs(
 *   { mcpServers: { github: { url: 'https://api.githubcopilot.com/mcp/', auth_type: 'oauth2' } } },
 *   dataSource.getRepository(ConnectionConfig),
 * );
 * await dataSource.destroy();
 */
export async function createTestDataSource(entities: readonly HostEntity[] = []): Promise<DataSource> {
  checkOptions('createTestDataSource', { entities }, { entities: hostEntities });
  const source = new StoreDataSource(await inMemory(entities));
  await source.open();
  return source.dataSource;
}

/** A DataSource for one test: SQLite in memory, the connection tables in place. */
import type { DataSource, DataSourceOptions } from 'typeorm';
import { runConnectionMigrations } from '../migrations';
import { StoreDataSource } from '../store/store-data-source';

/**
 * A database for one test: SQLite over `:memory:`, with the package `better-sqlite3`.
 * @param entities the host's own, whose tables `synchronize` makes; default none
 * @returns initialised and migrated; the test calls `destroy()` when it has ended
 * @throws ConnectionsError `driver_unusable`
 */
export async function createTestDataSource(
  entities: readonly (new () => object)[] = [],
): Promise<DataSource> {
  const options: DataSourceOptions = {
    type: 'better-sqlite3',
    database: ':memory:',
    entities: [...entities],
    synchronize: true,
  };
  const source = new StoreDataSource(options);
  await source.open();
  try {
    await runConnectionMigrations(source.dataSource);
  } catch (error) {
    await source.close();
    throw error;
  }
  return source.dataSource;
}

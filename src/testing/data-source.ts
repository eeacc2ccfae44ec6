/** A DataSource for one test: SQLite in memory, the connection tables in place. */
import type { DataSourceOptions } from 'typeorm';
import { DataSource } from 'typeorm';
import { connectionEntities } from '../entities';
import { runConnectionMigrations } from '../migrations';

/**
 * A database for one test: SQLite over `:memory:`, with the package `better-sqlite3`.
 * @param entities the host's own, whose tables `synchronize` makes; default none
 * @returns initialised and migrated; the test calls `destroy()` when it has ended
 * @throws TypeORM's `DriverPackageNotInstalledError`
 */
export async function createTestDataSource(
  entities: readonly (new () => object)[] = [],
): Promise<DataSource> {
  const options: DataSourceOptions = {
    type: 'better-sqlite3',
    database: ':memory:',
    entities: [...entities, ...connectionEntities],
    synchronize: true,
  };
  const dataSource = await new DataSource(options).initialize();
  await runConnectionMigrations(dataSource);
  return dataSource;
}

/** A DataSource for one test: SQLite in memory, the connection tables in place. */
import type { DataSourceOptions } from 'typeorm';
import { DataSource } from 'typeorm';
import { connectionEntities } from '../entities';
import { runConnectionMigrations } from '../migrations';

/**
 * An initialised DataSource over `:memory:`; needs the package `better-sqlite3`.
 * @param entities the host's own, made by `synchronize`; default none
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

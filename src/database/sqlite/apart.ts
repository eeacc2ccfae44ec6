/**
 * A second connection to a database file. On the only connection of the host's DataSource, a write during a transaction
 * of the host would be lost when that is rolled back.
 */
import { DataSource } from 'typeorm';
import { connectionEntities } from '../../entities';

/** @returns a new DataSource, or the given one for an in-memory database, which a second connection cannot reach */
export async function openApart(dataSource: DataSource): Promise<DataSource> {
  const { options } = dataSource;
  if (options.type === 'sqljs' || isInMemory((options as { database?: string }).database ?? ''))
    return dataSource;
  const apart = new DataSource({
    ...options,
    // Nothing that changes the host's tables or calls its code.
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    migrations: [],
    subscribers: [],
    entities: [...connectionEntities],
  });
  await apart.initialize();
  // A driver that waits for a lock blocks the whole process. We wait outside the driver instead.
  await apart.query('PRAGMA busy_timeout = 0');
  return apart;
}

function isInMemory(database: string): boolean {
  return database === '' || database.includes(':memory:') || database.includes('mode=memory');
}

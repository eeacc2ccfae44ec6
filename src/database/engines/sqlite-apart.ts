/**
 * A second connection to a database file: on the one that a DataSource has, whatever we write while the host has a
 * transaction open would go with its rollback.
 */
import { DataSource } from 'typeorm';
import { connectionEntities } from '../../entities';

/** @returns the given DataSource where the database is in its memory, which no second connection can see */
export async function openApart(dataSource: DataSource): Promise<DataSource> {
  const { options } = dataSource;
  if (isInMemory((options as { database?: string }).database ?? '')) return dataSource;
  const apart = new DataSource({
    ...options,
    // What would change the host's tables, or call its code.
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    migrations: [],
    subscribers: [],
    entities: [...connectionEntities],
  });
  await apart.initialize();
  // A driver that waits for a lock does so inside the call, and nothing else in the process runs meanwhile.
  await apart.query('PRAGMA busy_timeout = 0');
  return apart;
}

function isInMemory(database: string): boolean {
  return database === '' || database.includes(':memory:') || database.includes('mode=memory');
}

/**
 * The database of a test: SQLite as WebAssembly, in the memory of the process. It needs no native driver, on no Node.js. Its clock is that
 * of the process, so that fake timers move both; that of a native SQLite, or of a server, would go on.
 */
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { noteDatabaseOfTest } from '../database/in-memory';
import { runConnectionMigrations } from '../migrations';
import { StoreDataSource } from '../store/store-data-source';

/** A class of the host's that TypeORM knows as an entity, or a schema in place of one. */
export type HostEntity = (new (...parameters: never[]) => object) | EntitySchema;

/** A database with our tables, of which each test has a copy: the migrations take longer than all else. */
let migrated: Promise<Uint8Array> | undefined;

/** @throws ConnectionsError `driver_unusable` */
export async function inMemory(entities: readonly HostEntity[] = []): Promise<DataSourceOptions> {
  migrated ??= migratedDatabase();
  const database = await migrated.catch((error: unknown) => {
    migrated = undefined;
    throw error;
  });
  return { type: 'sqljs', database, entities: [...entities], synchronize: true };
}

async function migratedDatabase(): Promise<Uint8Array> {
  const source = new StoreDataSource({ type: 'sqljs' });
  await source.open();
  try {
    await runConnectionMigrations(source.dataSource);
    const database = (source.dataSource.driver as unknown as { export(): Uint8Array }).export();
    noteDatabaseOfTest(database);
    return database;
  } finally {
    await source.close();
  }
}

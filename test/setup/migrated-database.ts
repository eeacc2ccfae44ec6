/** One migrated database for all tests of a `describe`, with empty tables when a test begins. */
import type { DataSource } from 'typeorm';
import { beforeAll, beforeEach } from 'vitest';
import { connectionEntities, runConnectionMigrations } from '../../src';
import { atEndOfTests } from './at-end';
import type { TestDatabase } from './database';
import { testDatabase } from './database';
import type { EngineName } from './engine-name';

export class MigratedDatabase {
  database!: TestDatabase;
  dataSource!: DataSource;

  /** To be called in a `describe`. */
  constructor(engine: EngineName) {
    const atEnd = atEndOfTests();
    beforeAll(async () => {
      this.database = await testDatabase(engine, atEnd);
      this.dataSource = await this.database.connect();
      await runConnectionMigrations(this.dataSource);
    });
    beforeEach(async () => {
      for (const entity of connectionEntities) {
        await this.dataSource.getRepository(entity).deleteAll();
      }
    });
  }
}

/** The tables that the original service left behind, after they were adopted. */
import type { DataSource } from 'typeorm';
import { beforeAll, inject } from 'vitest';
import { runConnectionMigrations } from '../../src/migrations';
import { atEndOfTests } from './at-end';
import { testDatabase } from './database';
import type { EngineName } from './engine-name';
import type { Generation } from './legacy';
import { loadLegacy, rowsOf } from './legacy';
import { recordingLogger } from './recording-logger';

export class AdoptedDatabase {
  readonly logger = recordingLogger();
  /** The rows of two tables as they were. */
  readonly before: Record<string, Record<string, unknown>[]> = {};
  dataSource!: DataSource;
  /** Where our migrations have found no table. */
  fresh!: DataSource;
  /** The migrations that the adoption has run. */
  ran!: readonly string[];

  private constructor(
    readonly engine: EngineName,
    readonly generation: Generation,
  ) {}

  /** To be called outside of any `describe`: one for each engine, all of them adopted at once. */
  static onEachEngine(generation: Generation): (engine: EngineName) => AdoptedDatabase {
    const engines = inject('engines') as readonly EngineName[];
    const adopted = engines.map((engine) => new AdoptedDatabase(engine, generation));
    const atEnd = atEndOfTests();
    beforeAll(() => Promise.all(adopted.flatMap((one) => [one.adopt(atEnd), one.create(atEnd)])));
    return (engine) => {
      const found = adopted.find((one) => one.engine === engine);
      if (!found) throw new Error(`${engine} does not answer`);
      return found;
    };
  }

  private async adopt(atEnd: (cleanUp: () => Promise<void>) => void): Promise<void> {
    const database = await testDatabase(this.engine, atEnd);
    this.dataSource = await database.connect();
    await loadLegacy(this.dataSource, this.engine, this.generation);
    for (const table of ['users', 'user_connection_tokens'])
      this.before[table] = await rowsOf(this.dataSource, table);
    this.ran = await runConnectionMigrations(this.dataSource, {
      logger: this.logger,
      legacyTimeZone: 'America/New_York',
    });
  }

  private async create(atEnd: (cleanUp: () => Promise<void>) => void): Promise<void> {
    const database = await testDatabase(this.engine, atEnd);
    this.fresh = await database.connect();
    await runConnectionMigrations(this.fresh);
  }
}

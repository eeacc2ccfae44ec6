import type { MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { runMigrations } from '../../src/database/migration-runner';
import { runConnectionMigrations } from '../../src/migrations';
import { MetadataStore } from '../../src/store/metadata-store';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase, withoutDriverWaits } from '../setup/database';
import { recordingLogger } from '../setup/recording-logger';

const config = declaration({ a: entry() });

/** A migration set that holds the lock from `entered` until `leave` is called. */
function held() {
  let enter = () => {};
  let leave = () => {};
  const entered = new Promise<void>((resolve) => (enter = resolve));
  const left = new Promise<void>((resolve) => (leave = resolve));
  class Waits1795305600003 implements MigrationInterface {
    async up(_queryRunner: QueryRunner) {
      enter();
      await left;
    }
    async down() {}
  }
  return { set: { history: 'connection_migrations', migrations: [Waits1795305600003] }, entered, leave };
}

describeEachEngine('runMigrations', (engine) => {
  const noWait = engine === 'sqlite' ? withoutDriverWaits : {};

  it(
    'waits for another process no longer than it is told, and works when that one has finished',
    { tags: ['long'] },
    async () => {
      const database = await testDatabase(engine);
      const other = await database.connect();
      const dataSource = await database.connect({ poolSize: 1, ...noWait });
      const { set, entered, leave } = held();
      const holding = runMigrations(other, set);
      await entered;
      const store = new MetadataStore({ dataSource, config, logger: recordingLogger(), lockTimeoutMs: 1000 });
      await expect(store.initialize()).rejects.toMatchObject({ code: 'database_busy' });
      leave();
      await holding;
      await store.initialize();
      expect(store.lastSync).toMatchObject({ ok: true, report: { created: ['a'] } });
    },
  );

  it('gives a session back as it was', async () => {
    const read = {
      sqlite: 'PRAGMA busy_timeout',
      postgres: "SELECT current_setting('lock_timeout'), current_setting('TimeZone')",
      mariadb: 'SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout, @@time_zone',
    };
    const dataSource = await (await testDatabase(engine)).connect({ poolSize: 1 });
    const before = await dataSource.query(read[engine]);
    await new MetadataStore({
      dataSource,
      config,
      logger: recordingLogger(),
      lockTimeoutMs: 1234,
    }).initialize();
    expect(await dataSource.query(read[engine])).toEqual(before);
  });

  it('runs for two callers on one DataSource at once', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const ran = await Promise.all([runConnectionMigrations(dataSource), runConnectionMigrations(dataSource)]);
    expect(ran.flat()).toHaveLength(1);
  });

  it('says when the history’s table belongs to another program', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const { schema } = dataSource.options as { schema?: string };
    const table = dataSource.driver.buildTableName('connection_migrations', schema);
    await dataSource.query(`CREATE TABLE ${table} (id integer)`);
    await expect(runConnectionMigrations(dataSource)).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('not a migration history'),
    });
  });
});

describe('runMigrations on PostgreSQL', () => {
  it('is told to create the schema when it is not there', async () => {
    const { inject } = await import('vitest');
    if (!inject('engines').includes('postgres')) return;
    const dataSource = await (await testDatabase('postgres')).connect({ schema: 'nobody_made_this' });
    await expect(runConnectionMigrations(dataSource)).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('Create the schema'),
    });
  });
});

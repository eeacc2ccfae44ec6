import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableColumn } from 'typeorm';
import { expect, it, describe } from 'vitest';
import { ConnectionConfig } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import type { CreateAllContext } from '../../src/store/options';
import { MetadataStore } from '../../src/store/metadata-store';
import { declaration, entry } from '../setup/declarations';
import { isTypeorm03, testDatabase } from '../setup/database';
import { recordingLogger } from '../setup/recording-logger';

const wanted = declaration({ a: entry() });

describe('SQLite', () => {
  it.each(['ON', 'OFF'])('leaves the host’s foreign_keys pragma as it was: %s', async (setting) => {
    const dataSource = await (await testDatabase('sqlite')).connect();
    await dataSource.query(`PRAGMA foreign_keys = ${setting}`);
    await runConnectionMigrations(dataSource);
    const [row] = await dataSource.query('PRAGMA foreign_keys');
    expect(row).toEqual({ foreign_keys: setting === 'ON' ? 1 : 0 });
  });

  it('leaves the pragma as it was when a migration fails', async () => {
    const dataSource = await (await testDatabase('sqlite')).connect();
    await dataSource.query('PRAGMA foreign_keys = ON');
    await dataSource.query('CREATE TABLE user_connection_tokens (id integer)');
    await expect(runConnectionMigrations(dataSource)).rejects.toMatchObject({ code: 'tables_foreign' });
    expect(await dataSource.query('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
    const tables: { name: string }[] = await dataSource.query(
      "SELECT name FROM sqlite_master WHERE type = 'table'",
    );
    expect(tables.map(({ name }) => name)).toEqual(['user_connection_tokens']);
  });

  it('waits for a transaction that the host has open on the one connection, and stays out of it', async () => {
    const dataSource = await (await testDatabase('sqlite')).connect();
    await runConnectionMigrations(dataSource);
    let syncing: Promise<unknown> | undefined;
    const host = dataSource.transaction(async (manager) => {
      await manager.query('CREATE TABLE host_things (id integer)');
      syncing = syncConnectionConfigs(wanted, dataSource.getRepository(ConnectionConfig));
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('the host rolls back');
    });
    await expect(host).rejects.toThrow('the host rolls back');
    expect(await syncing).toMatchObject({ created: ['a'], committed: true });
    expect(await dataSource.getRepository(ConnectionConfig).count()).toBe(1);
  });

  it('waits for another program that holds the file', async () => {
    const database = await testDatabase('sqlite');
    const timeouts = isTypeorm03 ? {} : { timeout: 0 };
    const [ours, theirs] = [await database.connect(timeouts), await database.connect(timeouts)];
    await runConnectionMigrations(ours);
    await theirs.query('BEGIN IMMEDIATE');
    const syncing = syncConnectionConfigs(wanted, ours.getRepository(ConnectionConfig));
    await new Promise((resolve) => setImmediate(resolve));
    await theirs.query('COMMIT');
    expect(await syncing).toMatchObject({ created: ['a'] });
  });

  it('does not block the process while another program holds the file', async () => {
    const database = await testDatabase('sqlite');
    const [ours, theirs] = [await database.connect(), await database.connect()];
    await runConnectionMigrations(ours);
    await theirs.query('BEGIN IMMEDIATE');
    const syncing = syncConnectionConfigs(wanted, ours.getRepository(ConnectionConfig));
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await theirs.query('COMMIT');
    expect(await syncing).toMatchObject({ created: ['a'] });
  });

  it('keeps children that a recreated parent would delete', async () => {
    class WidenParents1795305600009 implements MigrationInterface {
      async up(queryRunner: QueryRunner) {
        const column = new TableColumn({ name: 'note', type: 'text', isNullable: true });
        await queryRunner.addColumn('parents', column);
      }
      async down() {}
    }
    class Family extends MetadataStore {
      protected override async createAll(context: CreateAllContext) {
        await context.runMigrations('family', [WidenParents1795305600009]);
      }
    }
    const dataSource = await (await testDatabase('sqlite')).connect();
    await dataSource.query('PRAGMA foreign_keys = ON');
    await dataSource.query('CREATE TABLE parents (id integer PRIMARY KEY)');
    await dataSource.query(
      'CREATE TABLE children (id integer PRIMARY KEY, parent integer REFERENCES parents (id) ON DELETE CASCADE)',
    );
    await dataSource.query('INSERT INTO parents (id) VALUES (1)');
    await dataSource.query('INSERT INTO children (id, parent) VALUES (1, 1)');
    await new Family({ dataSource, config: wanted, logger: recordingLogger() }).initialize();
    expect(await dataSource.query('SELECT * FROM children')).toEqual([{ id: 1, parent: 1 }]);
  });
});

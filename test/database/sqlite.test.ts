import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DataSource, TableColumn } from 'typeorm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sqlJsOf } from '../../src/database/sqlite/sql-js';
import { engineOf } from '../../src/database/engines';
import { ConnectionConfig, connectionEntities } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import type { CreateAllContext } from '../../src/store/options';
import { MetadataStore } from '../../src/store/metadata-store';
import { declaration, entry } from '../setup/declarations';
import { isTypeorm03, testDatabase } from '../setup/database';
import { recordingLogger } from '../setup/recording-logger';

const wanted = declaration({ a: entry() });

const databases: readonly (readonly [string, () => Promise<DataSource>])[] = [
  ['in a file', async () => (await testDatabase('sqlite')).connect()],
  ['as WebAssembly', openSqlJs],
];

async function openSqlJs(): Promise<DataSource> {
  const dataSource = await new DataSource({
    type: 'sqljs',
    entities: [...connectionEntities],
  }).initialize();
  onTestFinished(() => dataSource.destroy());
  return dataSource;
}

describe.each(databases)('SQLite %s', (_where, connect) => {
  it.each(['ON', 'OFF'])('leaves the host’s foreign_keys pragma as it was: %s', async (setting) => {
    const dataSource = await connect();
    await dataSource.query(`PRAGMA foreign_keys = ${setting}`);
    await runConnectionMigrations(dataSource);
    const [row] = await dataSource.query('PRAGMA foreign_keys');
    expect(row).toEqual({ foreign_keys: setting === 'ON' ? 1 : 0 });
  });

  it('leaves the pragma as it was when a migration fails', async () => {
    const dataSource = await connect();
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
    const dataSource = await connect();
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
    const dataSource = await connect();
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

describe('SQLite as WebAssembly', () => {
  it('says what is wrong with a database that is closed, and not that the host has a transaction', async () => {
    const dataSource = await openSqlJs();
    await runConnectionMigrations(dataSource);
    (dataSource.driver as unknown as { databaseConnection: { close(): void } }).databaseConnection.close();
    expect(() => sqlJsOf(dataSource).inTransaction).toThrow('Database closed');
  });
});

describe('SQLite in a file', () => {
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
});

describe('SQLite as WebAssembly', () => {
  it('undoes the steps of a transaction of which one changes nothing', async () => {
    const dataSource = await openSqlJs();
    await dataSource.query('CREATE TABLE things (id integer PRIMARY KEY)');
    const session = engineOf(dataSource).session(dataSource, { timeoutMs: 1000 });
    const insert = { sql: 'INSERT INTO things (id) VALUES (?)', parameters: [1] };
    const missing = { sql: 'UPDATE things SET id = 3 WHERE id = ?', parameters: [2] };
    expect(await session.execute([insert, missing])).toEqual({ completed: 1, rows: [], changed: [] });
    const all = { sql: 'SELECT id FROM things', isRead: true } as const;
    expect(await session.execute([insert, all])).toEqual({
      completed: 2,
      rows: [[], [[1]]],
      changed: [true, false],
    });
  });

  it('says what an error of its driver means, which has no code', async () => {
    const dataSource = await openSqlJs();
    await dataSource.query('CREATE TABLE things (id integer PRIMARY KEY, size integer CHECK (size > 0))');
    await dataSource.query('INSERT INTO things (id, size) VALUES (1, 1)');
    const { failure } = engineOf(dataSource);
    const meaning = (sql: string) => dataSource.query(sql).then(() => 'none', failure);
    expect(await meaning('INSERT INTO things (id, size) VALUES (1, 1)')).toBe('duplicate_key');
    expect(await meaning('INSERT INTO things (id, size) VALUES (2, 0)')).toBe('constraint');
    expect(await meaning('SELECT * FROM absent')).toBe('missing_table');
    expect(await meaning('SELECT absent FROM things')).toBe('missing_column');
  });

  it('has the clock of the process', async () => {
    const dataSource = await openSqlJs();
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-01-02T03:04:05.678Z') });
    onTestFinished(() => void vi.useRealTimers());
    const { dialect } = engineOf(dataSource);
    const [row] = await dataSource.query(`SELECT ${dialect.instantFromNow(1000)} AS soon`);
    expect(row).toEqual({ soon: '2031-01-02T03:04:06.678Z' });
  });
});

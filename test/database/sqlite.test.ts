import { expect, it, describe } from 'vitest';
import { ConnectionConfig } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry } from '../setup/declarations';
import { isTypeorm03, testDatabase } from '../setup/database';

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
});

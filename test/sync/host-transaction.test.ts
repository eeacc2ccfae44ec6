/** A sync that a host runs inside a transaction of its own. */
import { expect, it, onTestFinished } from 'vitest';
import { ConnectionConfig } from '../../src/entities';
import { repositoryPort } from '../../src/sync/repository-port';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry, storedRow } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';
import { MigratedDatabase } from '../setup/migrated-database';
import { acceptWrites, refuseWrites } from '../setup/refuse-writes';
import { putRows } from '../setup/stored-rows';

describeEachEngine('repositoryPort inside a transaction of the host', (engine) => {
  const tables = new MigratedDatabase(engine);

  it('takes part in it: a commit keeps what the sync wrote', async () => {
    const { dataSource } = tables;
    const committed = await dataSource.transaction(async (manager) => {
      const report = await syncConnectionConfigs(
        declaration({ a: entry() }),
        manager.getRepository(ConnectionConfig),
      );
      return report.committed;
    });
    expect([committed, await dataSource.getRepository(ConnectionConfig).count()]).toEqual([false, 1]);
  });

  it('takes part in it: a rollback takes all of it back', async () => {
    const { dataSource } = tables;
    const rolledBack = dataSource.transaction(async (manager) => {
      await syncConnectionConfigs(declaration({ a: entry() }), manager.getRepository(ConnectionConfig));
      throw new Error('the host changed its mind');
    });
    await expect(rolledBack).rejects.toThrow('the host changed its mind');
    expect(await dataSource.getRepository(ConnectionConfig).count()).toBe(0);
  });

  it('does not poison it when a name was taken meanwhile', async () => {
    const { dataSource } = tables;
    await dataSource.transaction(async (manager) => {
      const port = repositoryPort(manager.getRepository(ConnectionConfig));
      await syncConnectionConfigs(declaration({ a: entry() }), port);
      const insert = ['a', 'b'].map((name) => ({ id: `new-${name}`, row: storedRow(name) }));
      const at = '2026-03-03T03:03:03.003Z';
      const writes = { source: 'default', insert, overwrite: [], disable: [], delete: [], at };
      expect(await port.apply(writes)).toBe(false);
      expect(await manager.getRepository(ConnectionConfig).count()).toBe(1);
    });
    expect(await dataSource.getRepository(ConnectionConfig).count()).toBe(1);
  });

  it('leaves it as it was when the sync fails, and the host can go on and commit', async () => {
    const { dataSource } = tables;
    await putRows(dataSource, [storedRow('z')]);
    await refuseWrites(dataSource, 'z');
    onTestFinished(() => acceptWrites(dataSource));
    const failed = await dataSource.transaction(async (manager) => {
      const wanted = declaration({ a: entry(), z: entry({ cloud_id: '1' }) });
      const error = await syncConnectionConfigs(wanted, manager.getRepository(ConnectionConfig)).catch(
        (thrown: unknown) => thrown,
      );
      await manager.getRepository(ConnectionConfig).update({ name: 'q' }, { enabled: false });
      return error;
    });
    expect(failed).toMatchObject({ code: 'database_failed' });
    const rows = await dataSource.getRepository(ConnectionConfig).find();
    expect(rows.map(({ name }) => name)).toEqual(['z']);
  });

  it('leaves it usable when the tables are not there', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await dataSource.transaction(async (manager) => {
      const early = syncConnectionConfigs(
        declaration({ a: entry() }),
        manager.getRepository(ConnectionConfig),
      );
      await expect(early).rejects.toMatchObject({ code: 'tables_missing' });
      expect(await manager.query('SELECT 1 AS one')).toHaveLength(1);
    });
  });

  const onServers = engine === 'sqlite' ? [] : [engine];
  it.each(onServers)('sees what another replica committed since the transaction began', async () => {
    const { database, dataSource } = tables;
    const other = await database.connect();
    const report = await dataSource.transaction('REPEATABLE READ', async (manager) => {
      const repo = manager.getRepository(ConnectionConfig);
      if (engine === 'mariadb') await repo.count();
      await putRows(other, [storedRow('a')]);
      return syncConnectionConfigs(declaration({ a: entry(), b: entry() }), repo);
    });
    expect([report.created, report.unchanged]).toEqual([['b'], ['a']]);
  });
});

import type { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectionConfig } from '../../src/entities';
import { repositoryPort } from '../../src/sync/repository-port';
import type { StoredRow } from '../../src/sync/row';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry, manyEntries, storedRow } from '../setup/declarations';
import { describeEachEngine, testDatabase, withoutDriverWaits } from '../setup/database';
import { isOldMysql } from '../setup/mysql-version';
import { MigratedDatabase } from '../setup/migrated-database';
import { acceptWrites, refuseWrites } from '../setup/refuse-writes';
import { skipPauses } from '../setup/skipped-pauses';
import { statementLogger } from '../setup/statements';
import { portConformance } from './port.conformance';

async function put(dataSource: DataSource, rows: readonly StoredRow[]): Promise<void> {
  const repo = dataSource.getRepository(ConnectionConfig);
  for (const row of rows) {
    const json = (text: string | null) => (text === null ? null : JSON.parse(text));
    await repo.insert({
      ...row,
      oauthOptions: json(row.oauthOptions),
      extraConfig: json(row.extraConfig),
      removedAt: row.removedAt === null ? null : new Date(row.removedAt),
      createdAt: new Date(0),
      updatedAt: new Date(0),
    });
  }
}

describeEachEngine('repositoryPort', (engine) => {
  const tables = new MigratedDatabase(engine);
  const refuse = async (name: string) => {
    await refuseWrites(tables.dataSource, name);
    onTestFinished(() => acceptWrites(tables.dataSource));
  };

  portConformance(async () => ({
    port: repositoryPort(tables.dataSource.getRepository(ConnectionConfig)),
    put: (rows) => put(tables.dataSource, rows),
    failOn: refuse,
  }));

  describe('inside a transaction of the host', () => {
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
      await put(dataSource, [storedRow('z')]);
      await refuse('z');
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
        await put(other, [storedRow('a')]);
        return syncConnectionConfigs(declaration({ a: entry(), b: entry() }), repo);
      });
      expect([report.created, report.unchanged]).toEqual([['b'], ['a']]);
    });
  });

  it('uses the query runner that a repository has, with one connection in the pool', async () => {
    const dataSource = await tables.database.connect({ poolSize: 1 });
    const queryRunner = dataSource.createQueryRunner();
    const repo = queryRunner.manager.getRepository(ConnectionConfig);
    expect((await syncConnectionConfigs(declaration({ a: entry() }), repo)).created).toEqual(['a']);
    await queryRunner.release();
  });

  it(
    'waits no longer than it is told for a table that somebody holds, and the pool works afterwards',
    { tags: ['long'] },
    async ({ skip }) => {
      const { database, dataSource } = tables;
      const isEndless = await isOldMysql(engine, (sql) => dataSource.query(sql));
      skip(isEndless, 'MySQL before 8.0 has no limit for one statement');
      const holder = await database.connect();
      const hold = holder.createQueryRunner();
      const { tablePath } = dataSource.getMetadata(ConnectionConfig);
      const locks = {
        sqlite: ['BEGIN EXCLUSIVE'],
        postgres: ['BEGIN', `LOCK TABLE ${tablePath} IN ACCESS EXCLUSIVE MODE`],
        mariadb: [`LOCK TABLES ${tablePath} WRITE`],
      };
      const unlocks = { sqlite: 'ROLLBACK', postgres: 'ROLLBACK', mariadb: 'UNLOCK TABLES' };
      for (const sql of locks[engine]) await hold.query(sql);
      const impatient = await database.connect({ poolSize: 1, ...withoutDriverWaits });
      const repo = impatient.getRepository(ConnectionConfig);
      const limit = { lockTimeoutMs: 1000 };
      await expect(syncConnectionConfigs(declaration({ a: entry() }), repo, limit)).rejects.toMatchObject({
        code: 'database_busy',
      });
      await hold.query(unlocks[engine]);
      await hold.release();
      expect((await syncConnectionConfigs(declaration({ a: entry() }), repo, limit)).created).toEqual(['a']);
    },
  );

  it('converges without an error when eight replicas sync at once', async () => {
    const { database, dataSource } = tables;
    const noWait = engine === 'sqlite' ? withoutDriverWaits : {};
    const replicas = await Promise.all(
      Array.from({ length: 8 }, () => database.connect({ poolSize: 1, ...noWait })),
    );
    const wanted = declaration(
      Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`c${index}`, entry()])),
    );
    const reports = await Promise.all(
      replicas.map((replica) => syncConnectionConfigs(wanted, replica.getRepository(ConnectionConfig))),
    );
    expect(reports.map(({ created }) => created.length).toSorted((a, b) => a - b)).toEqual([
      0, 0, 0, 0, 0, 0, 0, 50,
    ]);
    expect(await dataSource.getRepository(ConnectionConfig).count()).toBe(50);
  });

  it('says that something of the host’s is in the way when nobody has taken the names that are refused', async () => {
    skipPauses();
    const { dataSource } = tables;
    const [path, column] = [dataSource.getMetadata(ConnectionConfig).tablePath, 'icon_url'];
    const length = engine === 'mariadb' ? '(200)' : '';
    await dataSource.query(`CREATE UNIQUE INDEX ux_icons ON ${path} (${column}${length})`);
    onTestFinished(async () => {
      const [from, name] =
        engine === 'postgres'
          ? ['', path.replace(/[^.]+$/, 'ux_icons')]
          : [engine === 'mariadb' ? ` ON ${path}` : '', 'ux_icons'];
      await dataSource.query(`DROP INDEX ${name}${from}`);
    });
    const icon = { icon_url: 'https://icons.test/one.svg' };
    const wanted = declaration({ a: entry(icon), b: entry(icon) });
    await expect(
      syncConnectionConfigs(wanted, dataSource.getRepository(ConnectionConfig)),
    ).rejects.toMatchObject({
      code: 'database_failed',
      message: expect.stringMatching(/new rows for "a", "b".*unique index of your own/),
    });
    expect(await dataSource.getRepository(ConnectionConfig).count()).toBe(0);
  });

  it('sets `created_at` once, and `updated_at` only in rows that it changes', async () => {
    const { dataSource } = tables;
    const repo = dataSource.getRepository(ConnectionConfig);
    const [first, second] = [new Date('2026-01-01T00:00:00.000Z'), new Date('2026-02-02T00:00:00.000Z')];
    await syncConnectionConfigs(declaration({ a: entry(), b: entry(), c: entry() }), repo, {
      now: () => first,
    });
    await syncConnectionConfigs(declaration({ a: entry(), b: entry({ cloud_id: '1' }) }), repo, {
      now: () => second,
    });
    const rows = await repo.find({ order: { name: 'ASC' } });
    expect(rows.map(({ createdAt, updatedAt, removedAt }) => [createdAt, updatedAt, removedAt])).toEqual([
      [first, first, null],
      [first, second, null],
      [first, second, second],
    ]);
  });

  it('notices a hand-made change that left `updated_at` alone', async () => {
    const { dataSource } = tables;
    const repo = dataSource.getRepository(ConnectionConfig);
    await syncConnectionConfigs(declaration({ a: entry() }), repo);
    const port = repositoryPort(repo);
    const [stored] = await port.read(false);
    await repo.update({ name: 'a' }, { iconUrl: 'https://icons.test/hand.svg' });
    const nothing = { source: 'default', insert: [], overwrite: [], disable: [], delete: [] };
    const at = '2026-03-03T03:03:03.003Z';
    expect(await port.apply({ ...nothing, at, disable: stored ? [stored] : [] })).toBe(false);
    expect((await repo.findOneByOrFail({ name: 'a' })).removedAt).toBeNull();
  });

  it('writes texts of any size in as many statements as that takes', { tags: ['long'] }, async () => {
    const { dataSource } = tables;
    const repo = dataSource.getRepository(ConnectionConfig);
    const description = `it's "${'\\😀'.repeat(4000)}`;
    const wanted = manyEntries(700, () => ({ description, display_name: description }));
    expect((await syncConnectionConfigs(wanted, repo)).created).toHaveLength(700);
    expect((await syncConnectionConfigs(wanted, repo)).unchanged).toHaveLength(700);
  });

  it('sends one statement when there is nothing to do', async () => {
    const { database, dataSource } = tables;
    await syncConnectionConfigs(declaration({ a: entry() }), dataSource.getRepository(ConnectionConfig));
    const sent: string[] = [];
    const counted = await database.connect({ logging: true, logger: statementLogger(sent) });
    sent.length = 0;
    await syncConnectionConfigs(declaration({ a: entry() }), counted.getRepository(ConnectionConfig));
    expect(sent).toEqual([expect.stringMatching(/SELECT .* FROM/)]);
  });
});

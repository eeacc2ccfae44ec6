/** What a sync does with the table, whatever others do meanwhile. */
import { expect, it, onTestFinished } from 'vitest';
import { ConnectionConfig } from '../../src/entities';
import { repositoryPort } from '../../src/sync/repository-port';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry, manyEntries } from '../setup/declarations';
import { describeEachEngine, withoutDriverWaits } from '../setup/database';
import { isOldMysql } from '../setup/mysql-version';
import { MigratedDatabase } from '../setup/migrated-database';
import { acceptWrites, refuseWrites } from '../setup/refuse-writes';
import { skipPauses } from '../setup/skipped-pauses';
import { statementLogger } from '../setup/statements';
import { putRows } from '../setup/stored-rows';
import { portConformance } from './port.conformance';

describeEachEngine('repositoryPort', (engine) => {
  const tables = new MigratedDatabase(engine);
  const refuse = async (name: string) => {
    await refuseWrites(tables.dataSource, name);
    onTestFinished(() => acceptWrites(tables.dataSource));
  };

  portConformance(async () => ({
    port: repositoryPort(tables.dataSource.getRepository(ConnectionConfig)),
    put: (rows) => putRows(tables.dataSource, rows),
    failOn: refuse,
  }));

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

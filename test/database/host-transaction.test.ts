/** A transaction of the host that the database itself has rolled back, while a sync took part in it. */
import type { DataSource, QueryRunner } from 'typeorm';
import { describe, expect, inject, it } from 'vitest';
import { ConnectionConfig } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry } from '../setup/declarations';
import { testDatabase } from '../setup/database';

const declared = (description: string) =>
  declaration({ a: entry({ description }), b: entry({ description }) });

/** A host in a transaction in which it has written a row of its own. */
async function hostOn(engine: 'sqlite' | 'postgres' | 'mariadb') {
  const database = await testDatabase(engine);
  const [dataSource, beside] = [await database.connect(), await database.connect()];
  await runConnectionMigrations(dataSource);
  await syncConnectionConfigs(declared('before'), dataSource.getRepository(ConnectionConfig));
  const { schema } = database.options as { schema?: string };
  const hostTable = schema === undefined ? 'host_rows' : `${schema}.host_rows`;
  await dataSource.query(`CREATE TABLE ${hostTable} (id integer PRIMARY KEY)`);
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.startTransaction();
  await queryRunner.query(`INSERT INTO ${hostTable} VALUES (1)`);
  const sync = () =>
    syncConnectionConfigs(declared('after'), queryRunner.manager.getRepository(ConnectionConfig));
  const hostRows = async () => (await beside.query(`SELECT * FROM ${hostTable}`)).length as number;
  const { tablePath } = dataSource.getMetadata(ConnectionConfig);
  const insert = `INSERT INTO ${hostTable} VALUES (2)`;
  return { dataSource, beside, queryRunner, sync, hostRows, insert, table: tablePath };
}

/** As the message says: the host starts again on the same query runner, and what it rolls back is gone. */
async function startAgain(queryRunner: QueryRunner, insert: string): Promise<void> {
  expect(queryRunner.isTransactionActive).toBe(false);
  await queryRunner.startTransaction();
  await queryRunner.query(insert);
  await queryRunner.rollbackTransaction();
  await queryRunner.release();
}

const rolledBack = {
  code: 'transaction_rolled_back',
  message: expect.stringMatching(/rolled back your whole transaction.*Start the transaction again/),
};

const engines = inject('engines');

describe('A sync in a transaction that the database rolls back', () => {
  it.skipIf(!engines.includes('mariadb'))('says so after a deadlock on MariaDB', async () => {
    const { beside, queryRunner, sync, hostRows, insert, table } = await hostOn('mariadb');
    const lock = (runner: QueryRunner, name: string) =>
      runner.query(`SELECT * FROM ${table} WHERE name = '${name}' FOR UPDATE`);
    // The victim is the transaction that has changed fewer rows.
    const other = beside.createQueryRunner();
    await other.startTransaction();
    await other.query('CREATE TEMPORARY TABLE weight (id integer PRIMARY KEY) ENGINE = InnoDB');
    const ids = Array.from({ length: 500 }, (_, id) => `(${id})`);
    await other.query(`INSERT INTO weight VALUES ${ids.join(', ')}`);
    await lock(other, 'b');
    await lock(queryRunner, 'a');
    const [outcome] = await Promise.allSettled([sync(), lock(other, 'a')]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: rolledBack });
    await other.rollbackTransaction();
    await other.release();
    await startAgain(queryRunner, insert);
    expect(await hostRows()).toBe(0);
  });

  it.skipIf(!engines.includes('postgres'))('says so when its connection to PostgreSQL is cut', async () => {
    const { beside, queryRunner, sync, hostRows } = await hostOn('postgres');
    const [{ id }] = await queryRunner.query('SELECT pg_backend_pid() AS id');
    await beside.query(`SELECT pg_terminate_backend(${id})`);
    await expect(sync()).rejects.toMatchObject(rolledBack);
    await queryRunner.release();
    expect(await hostRows()).toBe(0);
  });

  it.skipIf(!engines.includes('mariadb'))('writes nothing where it was gone before', async () => {
    const { dataSource, beside, queryRunner, sync, hostRows } = await hostOn('mariadb');
    // A change of a table commits the transaction around it.
    await queryRunner.query('CREATE TABLE another_of_the_host (id integer)');
    await expect(sync()).rejects.toMatchObject({ code: 'transaction_rolled_back' });
    await queryRunner.release();
    expect(await hostRows()).toBe(1);
    const descriptions = await beside.query('SELECT DISTINCT description FROM connection_configs');
    expect(descriptions).toEqual([{ description: 'before' }]);
    expect(await countOf(dataSource)).toBe(2);
  });

  it('says so when a trigger of SQLite rolls it back', async () => {
    const { dataSource, queryRunner, sync, hostRows, insert, table } = await hostOn('sqlite');
    await queryRunner.query(
      `CREATE TRIGGER no_changes BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ROLLBACK, 'no'); END`,
    );
    await expect(sync()).rejects.toMatchObject(rolledBack);
    await startAgain(queryRunner, insert);
    expect(await hostRows()).toBe(0);
    expect(await countOf(dataSource)).toBe(2);
  });

  it.each(engines as ('sqlite' | 'postgres' | 'mariadb')[])(
    'says that nothing was written where the transaction of the host goes on, on %s',
    async (engine) => {
      const { beside, queryRunner, hostRows, table } = await hostOn(engine);
      // Elsewhere a change of a table would end the transaction itself.
      const by = engine === 'sqlite' ? queryRunner : beside;
      await by.query(`ALTER TABLE ${table} DROP COLUMN description`);
      const sync = syncConnectionConfigs(
        declared('after'),
        queryRunner.manager.getRepository(ConnectionConfig),
      );
      await expect(sync).rejects.toMatchObject({ code: 'schema_outdated' });
      await queryRunner.commitTransaction();
      await queryRunner.release();
      expect(await hostRows()).toBe(1);
    },
  );
});

const countOf = (dataSource: DataSource) => dataSource.getRepository(ConnectionConfig).count();

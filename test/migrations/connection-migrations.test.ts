/** The tables that the migrations make. */
import { createRequire } from 'node:module';
import type { NamingStrategyInterface } from 'typeorm';
import { DefaultNamingStrategy } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { ConnectionConfig, connectionEntities, UserConnectionToken } from '../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry } from '../setup/declarations';
import type { EngineName } from '../setup/engine-name';
import { describeEachEngine, isTypeorm03, testDatabase } from '../setup/database';
import { isOldMysql } from '../setup/mysql-version';

const FIRST = 'CreateConnectionTables1795305600000';

describe('the suite', () => {
  it('runs on the TypeORM that the project names', () => {
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    const has = (name: string) => loaded.some((path) => path.includes(`/node_modules/${name}/data-source/`));
    expect({ '0.3': has('typeorm-0.3'), '1': has('typeorm') }).toEqual({
      '0.3': isTypeorm03,
      '1': !isTypeorm03,
    });
  });
});

class UpperCase extends DefaultNamingStrategy implements NamingStrategyInterface {
  override tableName(targetName: string, given?: string) {
    return `T_${given ?? targetName}`.toUpperCase();
  }
  override columnName(propertyName: string, customName: string) {
    return `C_${customName || propertyName}`.toUpperCase();
  }
  override indexName(...parameters: Parameters<DefaultNamingStrategy['indexName']>) {
    return `MINE_${super.indexName(...parameters)}`;
  }
}

describeEachEngine('runConnectionMigrations', (engine: EngineName) => {
  const places = {
    'as they are': {},
    'with a prefix': { entityPrefix: 'app_' },
    'with a naming strategy': { namingStrategy: new UpperCase() },
    'with a prefix and a naming strategy': { entityPrefix: 'app_', namingStrategy: new UpperCase() },
  };

  it.each(Object.entries(places))(
    'creates tables that equal the entities in every column, index and constraint, %s',
    async (_, place) => {
      const dataSource = await (await testDatabase(engine)).connect(place);
      expect(await runConnectionMigrations(dataSource)).toEqual([FIRST]);
      for (const entity of connectionEntities)
        Object.assign(dataSource.getMetadata(entity), { synchronize: true });
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    },
  );

  it.each(Object.entries(places))(
    'gives tables that a sync and the repositories work with, %s',
    async (_, place) => {
      const dataSource = await (await testDatabase(engine)).connect(place);
      await runConnectionMigrations(dataSource);
      const repo = dataSource.getRepository(ConnectionConfig);
      await syncConnectionConfigs(declaration({ a: entry({ cloud_id: '1' }) }), repo);
      expect(await repo.findOneByOrFail({ name: 'a' })).toMatchObject({
        enabled: true,
        extraConfig: { cloud_id: '1' },
      });
      expect(
        (await syncConnectionConfigs(declaration({ a: entry({ cloud_id: '1' }) }), repo)).unchanged,
      ).toEqual(['a']);
    },
  );

  it('does nothing the second time', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    expect(await runConnectionMigrations(dataSource)).toEqual([]);
  });

  it('compares user ids and names byte for byte', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    const repo = dataSource.getRepository(UserConnectionToken);
    const isPadded = await isOldMysql(engine, (sql) => dataSource.query(sql));
    // Every collation of such a server takes 'ada ' for 'ada'.
    const users = ['Ada', 'ada', 'àda', ...(isPadded ? [] : ['ada '])];
    for (const userId of users) {
      await repo.insert({
        id: userId,
        userId,
        connectionName: 'c',
        accessTokenEncrypted: userId,
        createdAt: new Date(),
        updatedAt: new Date(),
      });
    }
    const found = await Promise.all(users.map((userId) => repo.findBy({ userId })));
    expect(found.map((rows) => rows.map((row) => row.accessTokenEncrypted))).toEqual(
      users.map((userId) => [userId]),
    );
  });

  it('reverts, and runs again', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    await revertConnectionMigration(dataSource);
    await expect(dataSource.getRepository(ConnectionConfig).count()).rejects.toThrow(/connection_configs/);
    expect(await runConnectionMigrations(dataSource)).toEqual([FIRST]);
  });

  it('refuses a table of that name that is something else, and changes nothing', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const queryRunner = dataSource.createQueryRunner();
    const { tablePath } = dataSource.getMetadata(ConnectionConfig);
    await queryRunner.query(`CREATE TABLE ${tablePath} (id integer, name varchar(20))`);
    await expect(runConnectionMigrations(dataSource)).rejects.toMatchObject({
      code: 'tables_foreign',
      message: expect.stringContaining('it has no "url"'),
    });
    const table = await queryRunner.getTable(tablePath);
    expect(table?.columns.map(({ name }) => name)).toEqual(['id', 'name']);
    expect(await queryRunner.hasTable(dataSource.getMetadata(UserConnectionToken).tablePath)).toBe(false);
    await queryRunner.release();
  });
});

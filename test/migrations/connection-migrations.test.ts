/** The tables that the migrations make. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { connectionEntities, UserConnectionToken } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { describeEachEngine, isTypeorm03, testDatabase } from '../setup/database';
import { isOldMysql } from '../setup/mysql-version';
import { places } from '../setup/table-places';

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

describeEachEngine('runConnectionMigrations', (engine) => {
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
});

/** What the migrations leave behind is used, dropped, and not taken for what it is not. */
import { expect, it } from 'vitest';
import {
  ConnectionConfig,
  UserConnectionToken,
  revertConnectionMigration,
  runConnectionMigrations,
  syncConnectionConfigs,
} from '../../src';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';
import { places } from '../setup/table-places';

const FIRST = 'CreateConnectionTables1795305600000';

describeEachEngine('runConnectionMigrations', (engine) => {
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

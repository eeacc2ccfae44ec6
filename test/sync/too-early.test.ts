import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { ConnectionConfig, UserConnectionToken } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';

const config = declaration({ a: entry() });

describeEachEngine('syncConnectionConfigs called too early', (engine) => {
  const sync = (dataSource: DataSource) =>
    syncConnectionConfigs(config, dataSource.getRepository(ConnectionConfig));

  it('says that the DataSource is not initialized, and the call that does it', async () => {
    const { options } = await testDatabase(engine);
    await expect(sync(new DataSource({ ...options, entities: [ConnectionConfig] }))).rejects.toMatchObject({
      code: 'data_source_not_initialized',
      message: expect.stringContaining('await dataSource.initialize()'),
    });
  });

  it('says which entities are not registered, and how to register them', async () => {
    const dataSource = await (await testDatabase(engine)).connect({ entities: [UserConnectionToken] });
    await expect(sync(dataSource)).rejects.toMatchObject({
      code: 'entities_not_registered',
      message: expect.stringMatching(/ConnectionConfig, .*\.\.\.connectionEntities/),
    });
  });

  it('says that the tables are not there, and the call that makes them', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await expect(sync(dataSource)).rejects.toMatchObject({
      code: 'tables_missing',
      message: expect.stringContaining('await runConnectionMigrations(dataSource)'),
    });
    await runConnectionMigrations(dataSource);
    expect((await sync(dataSource)).created).toEqual(['a']);
  });

  it('says that a column is not there, and the call that adds it', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    await sync(dataSource);
    const queryRunner = dataSource.createQueryRunner();
    const { tablePath } = dataSource.getMetadata(ConnectionConfig);
    await queryRunner.dropColumn(tablePath, 'oauth_redirect_uri');
    await queryRunner.release();
    await expect(sync(dataSource)).rejects.toMatchObject({
      code: 'schema_outdated',
      message: expect.stringContaining('oauth_redirect_uri'),
    });
  });

  it('says that a repository is of something else', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const other = dataSource.getRepository(UserConnectionToken);
    await expect(syncConnectionConfigs(config, other as never)).rejects.toMatchObject({
      code: 'repository_mismatch',
    });
  });
});

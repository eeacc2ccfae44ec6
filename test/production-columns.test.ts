/** What once went wrong in production where a table had not the columns of the model: it must now be impossible, or harmless. */
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { TableColumn } from 'typeorm';
import { expect, it } from 'vitest';
import type { CreateAllContext } from '../src';
import {
  ConnectionConfig,
  ConnectionOAuthState,
  MetadataStore,
  UserConnectionToken,
  runConnectionMigrations,
} from '../src';
import { describeEachEngine, testDatabase } from './setup/database';
import { config, logIn } from './setup/deployment';
import { recordingLogger } from './setup/recording-logger';
import { refuseWrites } from './setup/refuse-writes';

async function dropColumn(dataSource: DataSource, column: string): Promise<void> {
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.dropColumn(dataSource.getMetadata(ConnectionConfig).tablePath, column);
  await queryRunner.release();
}

describeEachEngine('In production', (engine) => {
  const silent = recordingLogger();

  it('a column added to the model is added to the deployed table, with its rows kept', async () => {
    class AddRegion1795305600002 implements MigrationInterface {
      async up(queryRunner: QueryRunner) {
        const { tablePath } = queryRunner.manager.getRepository(ConnectionConfig).metadata;
        await queryRunner.addColumn(
          tablePath,
          new TableColumn({ name: 'region', type: 'varchar', isNullable: true }),
        );
      }
      async down() {}
    }
    class NextRelease extends MetadataStore {
      protected override async createAll(context: CreateAllContext) {
        await context.runMigrations('regional', [AddRegion1795305600002]);
      }
    }
    const dataSource = await (await testDatabase(engine)).connect();
    await new MetadataStore({ dataSource, config, logger: silent }).initialize();
    const before = await dataSource.getRepository(ConnectionConfig).find();
    await new NextRelease({ dataSource, config, logger: silent }).initialize();
    const queryRunner = dataSource.createQueryRunner();
    const table = await queryRunner.getTable(dataSource.getMetadata(ConnectionConfig).tablePath);
    await queryRunner.release();
    expect(table?.columns.map(({ name }) => name)).toContain('region');
    expect(await dataSource.getRepository(ConnectionConfig).find()).toEqual(before);
  });

  it('a start on a table that lacks a column says so and goes on', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    await dropColumn(dataSource, 'oauth_redirect_uri');
    const logger = recordingLogger();
    const store = await new MetadataStore({ dataSource, config, logger }).initialize();
    expect(store.lastSync).toMatchObject({ ok: false, error: { code: 'schema_outdated' } });
    expect(logger.lines.join('\n')).toContain('oauth_redirect_uri');
  });

  it('a failed statement of a sync leaves every later query working, with one connection in the pool too', async () => {
    const dataSource = await (await testDatabase(engine)).connect({ poolSize: 1 });
    await runConnectionMigrations(dataSource);
    await refuseWrites(dataSource, 'github');
    const store = await new MetadataStore({ dataSource, config, logger: silent }).initialize();
    expect(store.lastSync).toMatchObject({ ok: false, error: { code: 'database_failed' } });
    await logIn(dataSource);
    expect(
      await dataSource.transaction((manager) => manager.getRepository(ConnectionOAuthState).count()),
    ).toBe(1);
    await dropColumn(dataSource, 'oauth_redirect_uri');
    await expect(store.sync()).rejects.toMatchObject({ code: 'schema_outdated' });
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(0);
  });
});

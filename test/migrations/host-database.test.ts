/** Our migrations in the database of a host: beside its own, run by it, and beside those of another release. */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { expect, it } from 'vitest';
import {
  ConnectionConfig,
  MetadataStore,
  connectionMigrations,
  runConnectionMigrations,
  syncConnectionConfigs,
} from '../../src';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';
import { recordingLogger } from '../setup/recording-logger';

const FIRST = 'CreateConnectionTables1795305600000';

describeEachEngine('runConnectionMigrations in the database of a host', (engine) => {
  it('keeps two prefixes in one schema apart', async () => {
    const database = await testDatabase(engine);
    const [one, two] = [
      await database.connect({ entityPrefix: 'one_' }),
      await database.connect({ entityPrefix: 'two_' }),
    ];
    await runConnectionMigrations(one);
    await runConnectionMigrations(two);
    await syncConnectionConfigs(declaration({ a: entry() }), one.getRepository(ConnectionConfig));
    expect([
      await one.getRepository(ConnectionConfig).count(),
      await two.getRepository(ConnectionConfig).count(),
    ]).toEqual([1, 0]);
  });

  it('stays out of the host’s own migrations, and they out of ours', async () => {
    class HostMigration1700000000000 implements MigrationInterface {
      async up(queryRunner: QueryRunner) {
        const { tablePath } = queryRunner.manager.getRepository(ConnectionConfig).metadata;
        const beside = tablePath.replace('connection_configs', 'host_things');
        await queryRunner.query(`CREATE TABLE ${beside} (id integer)`);
      }
      async down() {}
    }
    const dataSource = await (
      await testDatabase(engine)
    ).connect({ migrations: [HostMigration1700000000000] });
    await runConnectionMigrations(dataSource);
    expect((await dataSource.runMigrations()).map(({ name }) => name)).toEqual([
      'HostMigration1700000000000',
    ]);
    expect(await dataSource.showMigrations()).toBe(false);
    expect(await runConnectionMigrations(dataSource)).toEqual([]);
  });

  it('can be run by the host as plain TypeORM migrations', async () => {
    const dataSource = await (await testDatabase(engine)).connect({ migrations: [...connectionMigrations] });
    expect((await dataSource.runMigrations()).map(({ name }) => name)).toEqual([FIRST]);
    const repo = dataSource.getRepository(ConnectionConfig);
    expect((await syncConnectionConfigs(declaration({ a: entry() }), repo)).created).toEqual(['a']);
  });

  it('survives a host that synchronizes', async () => {
    const database = await testDatabase(engine);
    const first = await database.connect({ synchronize: true });
    await runConnectionMigrations(first);
    await syncConnectionConfigs(declaration({ a: entry() }), first.getRepository(ConnectionConfig));
    const second = await database.connect({ synchronize: true });
    expect(await second.getRepository(ConnectionConfig).count()).toBe(1);
  });

  it('warns of a newer release and refuses one that says it breaks this one', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    const history = dataSource.driver.buildTableName(
      'connection_migrations',
      dataSource.options['schema' as never],
    );
    const remember = (name: string) =>
      dataSource.query(`INSERT INTO ${history} (timestamp, name) VALUES (1, '${name}')`);
    await remember('AddSomething1999999999999');
    const logger = recordingLogger();
    await new MetadataStore({ dataSource, config: declaration({ a: entry() }), logger }).initialize();
    expect(logger.lines).toContainEqual(
      expect.stringMatching(/^warn: A newer release .*"AddSomething1999999999999"/),
    );
    await remember('BreakingRename1999999999999');
    await expect(runConnectionMigrations(dataSource)).rejects.toMatchObject({
      code: 'schema_newer',
      message: expect.stringContaining('"BreakingRename1999999999999"'),
    });
  });
});

/**
 * A revert drops what the migrations created and restores what they adopted; it never takes the one for the other.
 *
 * @module-tag long
 */
import { expect, it } from 'vitest';
import { ConnectionConfig, ConnectionOAuthState, UserConnectionToken } from '../../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import { describeEachEngine, testDatabase } from '../../setup/database';
import { legacyDatabase, loadLegacy, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { postgresUrl } from '../../setup/servers';

const tokens = 'user_connection_tokens';
const quiet = () => ({ logger: recordingLogger() });

describeEachEngine('A revert', (engine) => {
  it('keeps tables of our shape that it has no record of, as a dump without the record leaves them', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource, quiet());
    await runInSchema(dataSource, ['DROP TABLE connection_migrations', 'DROP TABLE connection_adoptions']);
    await dataSource.getRepository(UserConnectionToken).insert({
      id: 't-1',
      userId: 'ada',
      connectionName: 'github',
      accessTokenEncrypted: 'sealed',
      createdAt: new Date(),
      updatedAt: new Date(),
    });
    await runConnectionMigrations(dataSource, quiet());
    await revertConnectionMigration(dataSource, quiet());
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(1);
  });

  it('drops the tables that were created beside adopted ones', async () => {
    const dataSource = await legacyDatabase(engine, 'a', ['DROP TABLE connection_oauth_states']);
    await runConnectionMigrations(dataSource, quiet());
    await revertConnectionMigration(dataSource, quiet());
    const queryRunner = dataSource.createQueryRunner();
    const { tablePath } = dataSource.getMetadata(ConnectionOAuthState);
    expect(await queryRunner.hasTable(tablePath)).toBe(false);
    const record = dataSource.getMetadata(ConnectionConfig).tablePath.replace('configs', 'adoptions');
    expect(await queryRunner.hasTable(record)).toBe(false);
    await queryRunner.release();
    expect(await rowsOf(dataSource, tokens)).toHaveLength(3);
  });

  it.runIf(engine === 'postgres')(
    'restores adopted tables although the schema is named only since the adoption',
    async () => {
      const database = await testDatabase(engine);
      const named = await database.connect();
      await loadLegacy(named, engine, 'a');
      const { schema } = named.options as { schema: string };
      const options = { extra: { options: `-c search_path=${schema}` }, url: postgresUrl, schema: undefined };
      const bySearchPath = await database.connect(options);
      const before = await rowsOf(named, tokens);
      await runConnectionMigrations(bySearchPath, quiet());
      expect(await named.getRepository(UserConnectionToken).countBy({ account: 'default' })).toBe(3);
      await revertConnectionMigration(named, quiet());
      const facts = (rows: typeof before) => rows.map(({ id, expires_at }) => ({ id, expires_at }));
      expect(facts(await rowsOf(named, tokens))).toEqual(facts(before));
    },
  );
});

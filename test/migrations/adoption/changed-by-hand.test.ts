/** @module-tag long */
import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { ConnectionConfig, ConnectionOAuthState, UserConnectionToken } from '../../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import { describeEachEngine } from '../../setup/database';
import { legacyDatabase, rowsOf, tableOf } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const quiet = () => ({ logger: recordingLogger() });

describeEachEngine('Adoption of tables that were changed by hand', (engine) => {
  it('keeps an extra column, an extra index and what is in them', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      "ALTER TABLE user_connection_tokens ADD COLUMN note VARCHAR(40) DEFAULT 'kept'",
      'CREATE INDEX ix_note ON user_connection_tokens (note)',
    ]);
    await runConnectionMigrations(dataSource, quiet());
    const rows = await rowsOf(dataSource, 'user_connection_tokens');
    expect(rows.map(({ note }) => note)).toEqual(['kept', 'kept', 'kept']);
    const { indices } = await tableOf(dataSource, UserConnectionToken);
    expect(indices.map(({ name }) => name)).toContain('ix_note');
  });

  it.runIf(engine === 'mariadb')('keeps an extra column that gets the time of each update', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      'ALTER TABLE user_connection_tokens ADD COLUMN seen DATETIME NULL ON UPDATE CURRENT_TIMESTAMP',
      "UPDATE user_connection_tokens SET seen = '2020-01-01 00:00:00', created_at = NULL",
    ]);
    const seen = async () => (await rowsOf(dataSource, 'user_connection_tokens')).map((row) => row['seen']);
    const before = await seen();
    await runConnectionMigrations(dataSource, quiet());
    expect(await seen()).toEqual(before);
  });

  it('keeps a condition on the ids of users', async () => {
    const statements = {
      sqlite: ["ALTER TABLE user_connection_tokens ADD COLUMN note VARCHAR CHECK (user_id <> '')"],
      postgres: ["ALTER TABLE user_connection_tokens ADD CONSTRAINT given CHECK (user_id <> '')"],
      mariadb: ["ALTER TABLE user_connection_tokens ADD CONSTRAINT given CHECK (user_id <> '')"],
    };
    const dataSource = await legacyDatabase(engine, 'a', statements[engine]);
    await runConnectionMigrations(dataSource, quiet());
    expect(await rowsOf(dataSource, 'user_connection_tokens')).toHaveLength(3);
  });

  it.runIf(engine === 'sqlite')('takes numbers for true and false, when there are only 0 and 1', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      'ALTER TABLE connection_configs DROP COLUMN enabled',
      'ALTER TABLE connection_configs ADD COLUMN enabled INTEGER DEFAULT 1',
      'UPDATE connection_configs SET enabled = 2',
    ]);
    await expect(runConnectionMigrations(dataSource, quiet())).rejects.toMatchObject({
      message: expect.stringMatching(/column "enabled" has values other than 0, 1 and NULL/),
    });
    await dataSource.query("UPDATE connection_configs SET enabled = 0 WHERE name = 'github'");
    await dataSource.query("UPDATE connection_configs SET enabled = 1 WHERE name <> 'github'");
    await runConnectionMigrations(dataSource, quiet());
    const rows = await dataSource.getRepository(ConnectionConfig).find();
    expect(rows.map(({ name, enabled }) => enabled === (name !== 'github'))).not.toContain(false);
  });

  it('takes a column that was already added by hand', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      'ALTER TABLE connection_configs ADD COLUMN oauth_redirect_uri VARCHAR(200)',
      "UPDATE connection_configs SET oauth_redirect_uri = 'https://by-hand.test/' WHERE name = 'github'",
    ]);
    await runConnectionMigrations(dataSource, quiet());
    const row = await dataSource.getRepository(ConnectionConfig).findOneByOrFail({ name: 'github' });
    expect(row.oauthRedirectUri).toBe('https://by-hand.test/');
  });

  it('makes the unique index on names again where it was dropped', async () => {
    const drop = engine === 'mariadb' ? ' ON connection_configs' : '';
    const unlink = 'ALTER TABLE connection_oauth_states DROP FOREIGN KEY connection_oauth_states_ibfk_2';
    const unlinkTokens = 'ALTER TABLE user_connection_tokens DROP FOREIGN KEY user_connection_tokens_ibfk_2';
    const cascade = 'DROP INDEX ix_connection_configs_name CASCADE';
    const statements = {
      sqlite: ['DROP INDEX ix_connection_configs_name'],
      postgres: [cascade],
      mariadb: [unlink, unlinkTokens, `DROP INDEX ix_connection_configs_name${drop}`],
    };
    const dataSource = await legacyDatabase(engine, 'a', statements[engine]);
    await runConnectionMigrations(dataSource, quiet());
    const repo = dataSource.getRepository(ConnectionConfig);
    const { id: _id, ...row } = await repo.findOneByOrFail({ name: 'github' });
    await expect(repo.insert({ ...row, id: 'twice', extraConfig: null, oauthOptions: null })).rejects.toThrow(
      /unique|duplicate/i,
    );
  });

  it('goes by columns and target, whatever a foreign key is called, and loses nothing to ON DELETE CASCADE', async () => {
    const named = 'fk_of_somebody';
    const recreate = {
      sqlite: [],
      postgres: [
        'ALTER TABLE user_connection_tokens DROP CONSTRAINT user_connection_tokens_connection_name_fkey',
        `ALTER TABLE user_connection_tokens ADD CONSTRAINT ${named} FOREIGN KEY (connection_name) REFERENCES connection_configs (name) ON DELETE CASCADE`,
      ],
      mariadb: [
        'ALTER TABLE user_connection_tokens DROP FOREIGN KEY user_connection_tokens_ibfk_2',
        `ALTER TABLE user_connection_tokens ADD CONSTRAINT ${named} FOREIGN KEY (connection_name) REFERENCES connection_configs (name) ON DELETE CASCADE`,
      ],
    };
    const dataSource = await legacyDatabase(engine, 'a', recreate[engine]);
    if (engine === 'sqlite') await cascadeInSqlite(dataSource);
    await runConnectionMigrations(dataSource, quiet());
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
    await dataSource.getRepository(ConnectionConfig).delete({ name: 'atlassian' });
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
  });

  it('makes a table that is missing', async () => {
    const dataSource = await legacyDatabase(engine, 'a', ['DROP TABLE connection_oauth_states']);
    await runConnectionMigrations(dataSource, quiet());
    expect(await dataSource.getRepository(ConnectionOAuthState).count()).toBe(0);
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
  });

  it('refuses a time zone that does not exist, before it changes anything', async () => {
    const dataSource = await legacyDatabase(engine, 'a');
    await expect(
      runConnectionMigrations(dataSource, { legacyTimeZone: 'Mars/Olympus' }),
    ).rejects.toMatchObject({
      code: 'time_zone_unknown',
    });
    expect(await rowsOf(dataSource, 'user_connection_tokens')).toHaveLength(3);
  });
});

async function cascadeInSqlite(dataSource: DataSource): Promise<void> {
  const queryRunner = dataSource.createQueryRunner();
  const table = await queryRunner.getTable('user_connection_tokens');
  await queryRunner.query('PRAGMA foreign_keys = OFF');
  const key = table?.foreignKeys.find(({ columnNames }) => columnNames[0] === 'connection_name');
  if (!table || !key) throw new Error('the fixture has no foreign key on connection_name');
  await queryRunner.dropForeignKey(table, key);
  key.onDelete = 'CASCADE';
  await queryRunner.createForeignKey(table, key);
  await queryRunner.query('PRAGMA foreign_keys = ON');
}

it('leaves views, and triggers of other tables, that look into the tables (sqlite)', async () => {
  const dataSource = await legacyDatabase('sqlite', 'a', [
    'CREATE VIEW offered AS SELECT name, display_name FROM connection_configs',
    'CREATE VIEW of_users AS SELECT u.id, t.connection_name FROM users u JOIN user_connection_tokens t ON t.user_id = u.id',
    "CREATE TRIGGER tidy AFTER DELETE ON users BEGIN UPDATE connection_configs SET description = 'tidied'; END",
  ]);
  const views = async () => [
    await dataSource.query('SELECT * FROM offered ORDER BY name'),
    await dataSource.query('SELECT * FROM of_users ORDER BY id, connection_name'),
  ];
  const before = await views();
  await runConnectionMigrations(dataSource, quiet());
  expect(await views()).toEqual(before);
  await dataSource.query("INSERT INTO users (id, email, sign_in_method) VALUES ('gone', '', '')");
  await dataSource.query("DELETE FROM users WHERE id = 'gone'");
  expect((await rowsOf(dataSource, 'connection_configs')).map(({ description }) => description)).toEqual([
    'tidied',
    'tidied',
    'tidied',
  ]);
  await revertConnectionMigration(dataSource);
  expect(await views()).toEqual(before);
  const [pragma] = await dataSource.query('PRAGMA legacy_alter_table');
  expect(pragma).toEqual({ legacy_alter_table: 0 });
});

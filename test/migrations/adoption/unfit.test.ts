/** @module-tag long */
import type { DataSource, Repository } from 'typeorm';
import { expect, it } from 'vitest';
import { ConnectionConfig, UserConnectionToken } from '../../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine, testDatabase } from '../../setup/database';
import { legacyDatabase, loadLegacy, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const legacy = (engine: EngineName, more: readonly string[], options: object = {}) =>
  legacyDatabase(engine, 'a', more, options);

const adopt = (dataSource: DataSource, legacyTimeZone = 'UTC') =>
  runConnectionMigrations(dataSource, { logger: recordingLogger(), legacyTimeZone });

async function insertSecondAccount(repo: Repository<UserConnectionToken>): Promise<void> {
  const { id: _id, ...first } = await repo.findOneByOrFail({ id: 't-1' });
  await repo.insert({ ...first, providerMetadata: null, id: 'second', account: 'work' });
}

/** Every column of the tables that adoption looks at, with its type. */
async function shapeOf(dataSource: DataSource): Promise<string[][]> {
  const queryRunner = dataSource.createQueryRunner();
  const tables = [ConnectionConfig, UserConnectionToken].map(
    (entity) => dataSource.getMetadata(entity).tablePath,
  );
  const found = await queryRunner.getTables(tables);
  await queryRunner.release();
  return found.flatMap((table) => [
    table.columns.map(({ name, type }) => `${name} ${type}`),
    table.foreignKeys.map(({ columnNames }) => `foreign key ${columnNames.join()}`),
  ]);
}

describeEachEngine('Adoption, before it changes anything', (engine) => {
  const tokens = 'user_connection_tokens';
  const nullable =
    engine === 'mariadb'
      ? 'MODIFY COLUMN access_token_encrypted TEXT NULL'
      : 'ALTER COLUMN access_token_encrypted DROP NOT NULL';
  const onServers = {
    'a column of another kind of type': [
      [
        `ALTER TABLE ${tokens} DROP COLUMN scopes`,
        `ALTER TABLE ${tokens} ADD COLUMN scopes ${engine === 'mariadb' ? "ENUM ('read', 'write')" : 'uuid'}`,
      ],
      /"scopes" is of type "(enum\('read','write'\)|uuid)"/,
    ],
    'a column that a new row would have to give': [
      [
        "ALTER TABLE connection_configs ADD COLUMN region VARCHAR(10) NOT NULL DEFAULT 'eu'",
        'ALTER TABLE connection_configs ALTER COLUMN region DROP DEFAULT',
      ],
      /"region", which mcp-connections does not write, is NOT NULL and has no default/,
    ],
    'a token that is NULL': [
      [
        `ALTER TABLE ${tokens} ${nullable}`,
        `UPDATE ${tokens} SET access_token_encrypted = NULL WHERE id = 't-1'`,
      ],
      /"access_token_encrypted" must not be NULL \(rows with NULL: 1\)/,
    ],
  } as const;
  const everywhere = {
    'an instant that is none': [
      [
        `ALTER TABLE ${tokens} DROP COLUMN expires_at`,
        `ALTER TABLE ${tokens} ADD COLUMN expires_at VARCHAR(40)`,
        `UPDATE ${tokens} SET expires_at = 'this is not an instant.Z' WHERE id = 't-1'`,
      ],
      /"this is not an instant\.Z", which is not a timestamp/,
    ],
    'two rows with our key': [
      [
        ...(engine === 'mariadb'
          ? [
              'ALTER TABLE connection_oauth_states DROP FOREIGN KEY connection_oauth_states_ibfk_2',
              `ALTER TABLE ${tokens} DROP FOREIGN KEY user_connection_tokens_ibfk_2`,
              'DROP INDEX ix_connection_configs_name ON connection_configs',
            ]
          : [`DROP INDEX ix_connection_configs_name${engine === 'postgres' ? ' CASCADE' : ''}`]),
        "INSERT INTO connection_configs (id, name, display_name, url, auth_type) VALUES ('twice', 'github', '', '', 'oauth2')",
      ],
      /two rows have the same "name"/,
    ],
  } as const;

  it.each(Object.entries({ ...everywhere, ...(engine === 'sqlite' ? {} : onServers) }))(
    'refuses %s, and says what to do',
    async (_, [statements, message]) => {
      const dataSource = await legacy(engine, statements);
      const before = await shapeOf(dataSource);
      await expect(adopt(dataSource)).rejects.toMatchObject({
        code: 'tables_foreign',
        message: expect.stringMatching(message),
      });
      expect(await shapeOf(dataSource)).toEqual(before);
      expect(await dataSource.query(`SELECT 1 AS one`)).toHaveLength(1);
    },
  );
});

describeEachEngine('Adoption of unusual tables', (engine) => {
  it('removes every unique key over user and connection, and leaves the rest', async () => {
    const dataSource = await legacy(engine, [
      'CREATE UNIQUE INDEX ux_again ON user_connection_tokens (connection_name, user_id)',
    ]);
    await adopt(dataSource);
    const repo = dataSource.getRepository(UserConnectionToken);
    await insertSecondAccount(repo);
    expect(await repo.countBy({ userId: 'u-ada', connectionName: 'atlassian' })).toBe(2);
  });

  it('fills a column that was added by hand with our default', async () => {
    const dataSource = await legacy(engine, [
      'ALTER TABLE user_connection_tokens ADD COLUMN account VARCHAR(100)',
    ]);
    await adopt(dataSource);
    const accounts = (await dataSource.getRepository(UserConnectionToken).find()).map(
      ({ account }) => account,
    );
    expect(accounts).toEqual(['default', 'default', 'default']);
  });

  it('reads timestamps that are instants by themselves as such, whatever the session and the named zone', async () => {
    const statements = {
      sqlite: ["UPDATE user_connection_tokens SET created_at = '2025-12-01 11:43:13+00:00' WHERE id = 't-1'"],
      postgres: [
        'ALTER TABLE user_connection_tokens ALTER COLUMN created_at TYPE timestamptz',
        "UPDATE user_connection_tokens SET created_at = '2025-12-01 11:43:13+00' WHERE id = 't-1'",
      ],
      mariadb: [
        'ALTER TABLE user_connection_tokens MODIFY COLUMN created_at TIMESTAMP NULL',
        "UPDATE user_connection_tokens SET created_at = CONVERT_TZ('2025-12-01 11:43:13', '+00:00', @@session.time_zone) WHERE id = 't-1'",
      ],
    };
    const session = engine === 'postgres' ? { extra: { options: '-c TimeZone=Asia/Tokyo' } } : {};
    const dataSource = await legacy(engine, statements[engine], session);
    await adopt(dataSource, 'America/New_York');
    const token = await dataSource.getRepository(UserConnectionToken).findOneByOrFail({ id: 't-1' });
    expect(token.createdAt).toEqual(new Date('2025-12-01T11:43:13.000Z'));
  });

  it('rewrites each of a thousand rows', async () => {
    const rows = Array.from(
      { length: 1000 },
      (_, index) =>
        `('n-${index}', 'u-ole', 'c-${index}', 'x', '2025-12-01 11:43:${String(index % 60).padStart(2, '0')}')`,
    );
    const dataSource = await (await testDatabase(engine)).connect();
    await loadLegacy(dataSource, engine, 'b');
    await runInSchema(dataSource, [
      `INSERT INTO user_connection_tokens (id, user_id, connection_name, access_token_encrypted, expires_at) VALUES ${rows.join(', ')}`,
    ]);
    await adopt(dataSource);
    const tokens = await dataSource.getRepository(UserConnectionToken).find();
    const wrong = tokens.filter(({ id, expiresAt }) => {
      const index = Number(id.slice(2));
      return id.startsWith('n-') && expiresAt?.getTime() !== Date.UTC(2025, 11, 1, 11, 43, index % 60);
    });
    expect([tokens.length, wrong]).toEqual([1003, []]);
  });

  it('leaves a text longer than ours whole, and compares it byte for byte all the same', async () => {
    const long = 'é'.repeat(200);
    const longer =
      engine === 'mariadb'
        ? 'ALTER TABLE user_connection_tokens MODIFY COLUMN id VARCHAR(300) NOT NULL'
        : 'SELECT 1';
    const id = 'x'.repeat(100);
    const dataSource = await (await testDatabase(engine)).connect();
    await loadLegacy(dataSource, engine, 'b');
    await runInSchema(dataSource, [
      longer,
      `INSERT INTO user_connection_tokens (id, user_id, connection_name, access_token_encrypted) VALUES ('${id}', 'u-ole', '${long}', 'x')`,
    ]);
    await adopt(dataSource);
    const repo = dataSource.getRepository(UserConnectionToken);
    expect(await repo.findOneBy({ connectionName: long })).toMatchObject({ id });
    expect(await repo.findOneBy({ connectionName: long.toUpperCase() })).toBeNull();
  });

  it('reverts to tables that a second revert leaves alone, when the first was cut off at its end', async () => {
    const dataSource = await legacy(engine, []);
    await adopt(dataSource);
    await revertConnectionMigration(dataSource);
    const { schema } = dataSource.options as { schema?: string };
    const history = dataSource.driver.buildTableName('connection_migrations', schema);
    await dataSource.query(
      `INSERT INTO ${history} (timestamp, name) VALUES (1795305600000, 'CreateConnectionTables1795305600000')`,
    );
    await revertConnectionMigration(dataSource);
    await adopt(dataSource);
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
  });

  it('refuses to revert while there are accounts that the old shape cannot tell apart', async () => {
    const dataSource = await legacy(engine, []);
    await adopt(dataSource);
    const repo = dataSource.getRepository(UserConnectionToken);
    await insertSecondAccount(repo);
    await expect(revertConnectionMigration(dataSource)).rejects.toMatchObject({
      message: expect.stringContaining('an account other than "default"'),
    });
    await repo.delete({ id: 'second' });
    await revertConnectionMigration(dataSource);
    await adopt(dataSource);
    expect(await repo.count()).toBe(3);
  });
});

describeEachEngine('Adoption, by engine', (engine) => {
  const cases: Readonly<Record<EngineName, Readonly<Record<string, () => Promise<void>>>>> = {
    sqlite: {
      'keeps triggers and partial indexes, and takes none of those for its own': async () => {
        const dataSource = await legacy('sqlite', [
          'DROP INDEX ix_connection_configs_name',
          'CREATE UNIQUE INDEX ux_enabled ON connection_configs (name) WHERE enabled',
          'CREATE TRIGGER seen AFTER INSERT ON connection_configs BEGIN SELECT 1; END',
        ]);
        await adopt(dataSource);
        const rows: { name: string }[] = await dataSource.query('SELECT name FROM sqlite_master');
        expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['ux_enabled', 'seen']));
        const repo = dataSource.getRepository(ConnectionConfig);
        const {
          extraConfig: _extra,
          oauthOptions: _options,
          ...row
        } = await repo.findOneByOrFail({ name: 'github' });
        await expect(repo.insert({ ...row, id: 'twice' })).rejects.toThrow(/unique/i);
      },
    },
    postgres: {
      'works in the schema that is the connection’s own': async () => {
        const database = await testDatabase('postgres');
        const { schema } = database.options as { schema?: string };
        const dataSource = await database.connect({ extra: { options: `-c search_path=${schema}` } });
        await loadLegacy(dataSource, 'postgres', 'a');
        await adopt(dataSource);
        await revertConnectionMigration(dataSource);
        await adopt(dataSource);
        expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
      },
    },
    mariadb: {
      'says which column another foreign key holds, and what follows': async () => {
        const dataSource = await legacy('mariadb', []);
        const logger = recordingLogger();
        await runConnectionMigrations(dataSource, { logger });
        expect(logger.lines).toContainEqual(
          expect.stringMatching(
            /^warn: Column "user_id" of "user_connection_tokens" is used by a foreign key/,
          ),
        );
      },
    },
  };
  it.each(Object.entries(cases[engine]))('%s', (_, run) => run());
});

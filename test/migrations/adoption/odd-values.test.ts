/**
 * Values and columns of another program that have no place in ours: kept as they are, or refused before any change.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { mysqlCatalogue } from '../../../src/database/mysql/catalogue';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine } from '../../setup/database';
import { legacyDatabase, rowsOf } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const tokens = 'user_connection_tokens';

const adopt = (dataSource: DataSource) => runConnectionMigrations(dataSource, { logger: recordingLogger() });

async function refuses(dataSource: DataSource, message: RegExp): Promise<void> {
  const before = await rowsOf(dataSource, tokens);
  await expect(adopt(dataSource)).rejects.toMatchObject({
    code: 'tables_foreign',
    message: expect.stringMatching(message),
  });
  expect(await rowsOf(dataSource, tokens)).toEqual(before);
}

type Cases = Readonly<Record<string, readonly [statements: readonly string[], message: RegExp]>>;

/** A column of ours that is there already, of some type, with a value in one row. */
const withColumn = (name: string, type: string, value: string): readonly string[] => [
  `ALTER TABLE ${tokens} ADD COLUMN ${name} ${type}`,
  `UPDATE ${tokens} SET ${name} = ${value} WHERE id = 't-1'`,
];

const ofAnotherType = (name: string, type: string): readonly string[] => [
  `ALTER TABLE ${tokens} DROP COLUMN ${name}`,
  `ALTER TABLE ${tokens} ADD COLUMN ${name} ${type}`,
];

const refusedTypes: Readonly<Record<EngineName, Cases>> = {
  postgres: {
    'a list of scopes': [ofAnotherType('scopes', 'text[]'), /"scopes" is of type "text\[\]"/],
    'scopes as JSON': [ofAnotherType('scopes', 'jsonb'), /"scopes" is of type "jsonb"/],
    bytes: [ofAnotherType('scopes', 'bytea'), /"scopes" is of type "bytea"/],
    'an interval for an integer': [
      withColumn('generation', 'interval', "'1 day'"),
      /"generation" is of type/,
    ],
    'a domain': [
      [`CREATE DOMAIN words AS text CHECK (VALUE <> '')`, ...ofAnotherType('scopes', 'words')],
      /"scopes" is of type ".*words"/,
    ],
    'a condition on a token': [
      [`ALTER TABLE ${tokens} ADD CONSTRAINT short CHECK (length(access_token_encrypted) < 6000)`],
      /constraint "short" is about column "access_token_encrypted"/,
    ],
  },
  mariadb: {
    'a set of scopes': [ofAnotherType('scopes', "SET ('a', 'b')"), /"scopes" is of type "set/],
    'scopes as JSON': [ofAnotherType('scopes', 'JSON'), /"scopes" is of type "longtext"/],
    bytes: [ofAnotherType('scopes', 'MEDIUMBLOB'), /"scopes" is of type "mediumblob"/],
    'a bit': [withColumn('generation', 'BIT(8)', '1'), /"generation" is of type "bit\(8\)"/],
    'a geometry': [ofAnotherType('scopes', 'GEOMETRY'), /"scopes" is of type "geometry"/],
    'a condition on a token': [
      [`ALTER TABLE ${tokens} ADD CONSTRAINT short CHECK (length(access_token_encrypted) < 6000)`],
      /constraint "short" is about column "access_token_encrypted"/,
    ],
    'a user id too long for a key': [
      [
        `ALTER TABLE ${tokens} DROP FOREIGN KEY ${tokens}_ibfk_1`,
        `ALTER TABLE ${tokens} MODIFY user_id VARCHAR(500) NOT NULL`,
        `UPDATE ${tokens} SET user_id = REPEAT('u', 400) WHERE id = 't-3'`,
      ],
      /"user_id" has values of more than 255 characters, with which it is too wide for a key/,
    ],
  },
  sqlite: {
    'bytes in a column of text': [
      [`UPDATE ${tokens} SET access_token_encrypted = x'00ff' WHERE id = 't-1'`],
      /"access_token_encrypted" has values that are bytes/,
    ],
    'a condition on a token': [
      [`ALTER TABLE ${tokens} ADD COLUMN grant_id VARCHAR CHECK (length(access_token_encrypted) < 6000)`],
      /is about column "access_token_encrypted"/,
    ],
  },
};

const byHand: readonly (readonly [name: string, type: string, value: string])[] = [
  ['generation', 'INTEGER', '-1'],
  ['generation', 'INTEGER', '7'],
  ['generation', 'BIGINT', '99999999999'],
  ['status', 'VARCHAR(20)', "'revoked'"],
  ['status', 'VARCHAR(20)', "''"],
  ['account', 'VARCHAR(20)', "''"],
  ['issuer', 'VARCHAR(20)', "'Atlassian'"],
  ['config_fingerprint', 'VARCHAR(64)', "'v1'"],
  ['grant_id', 'VARCHAR(64)', "'17'"],
  ['lease_expires_at', 'VARCHAR(64)', "'2090-01-01 00:00:00'"],
];

const harmless: typeof byHand = [
  ['generation', 'INTEGER', '0'],
  ['generation', 'INTEGER', 'NULL'],
  ['status', 'VARCHAR(20)', "'active'"],
  ['account', 'VARCHAR(20)', "'work'"],
  ['lease_expires_at', 'VARCHAR(64)', "'2020-01-01 00:00:00'"],
  ['lease_expires_at', 'VARCHAR(64)', "''"],
  ['granted_at', 'TIMESTAMP NULL', "'2025-01-01 00:00:00'"],
  ['doubt', 'VARCHAR(20)', "'none'"],
];

describeEachEngine('Adoption of odd values', (engine) => {
  it.each(Object.entries(refusedTypes[engine]))('refuses %s', async (_, [statements, message]) => {
    await refuses(await legacyDatabase(engine, 'a', statements), message);
  });

  it.each(byHand)('refuses a column %s (%s) that has the value %s', async (name, type, value) => {
    const dataSource = await legacyDatabase(engine, 'a', withColumn(name, type, value));
    await refuses(dataSource, new RegExp(`"${name}" has (a name that|instants in the future)`));
  });

  const withoutKeys = {
    sqlite: [
      `ALTER TABLE ${tokens} RENAME TO before`,
      `CREATE TABLE ${tokens} (id VARCHAR PRIMARY KEY, user_id VARCHAR, connection_name VARCHAR, ` +
        'access_token_encrypted TEXT, refresh_token_encrypted TEXT)',
      `INSERT INTO ${tokens} SELECT id, user_id, connection_name, access_token_encrypted, ` +
        'refresh_token_encrypted FROM before',
      'DROP TABLE before',
    ],
    postgres: [`ALTER TABLE ${tokens} DROP CONSTRAINT _user_connection_uc`],
    mariadb: [
      `ALTER TABLE ${tokens} DROP FOREIGN KEY ${tokens}_ibfk_1`,
      `ALTER TABLE ${tokens} DROP FOREIGN KEY ${tokens}_ibfk_2`,
      `ALTER TABLE ${tokens} DROP INDEX _user_connection_uc`,
    ],
  };

  it('refuses rows whose NULL becomes the default that another row has', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      ...withoutKeys[engine],
      `ALTER TABLE ${tokens} ADD COLUMN account VARCHAR(40)`,
      `UPDATE ${tokens} SET user_id = 'u-ada', connection_name = 'github'`,
      `UPDATE ${tokens} SET account = 'default' WHERE id = 't-1'`,
      `UPDATE ${tokens} SET account = 'work' WHERE id = 't-3'`,
    ]);
    await refuses(dataSource, /two rows have the same "user_id", "connection_name", "account"/);
  });

  const caseless = {
    sqlite: 'VARCHAR(40) COLLATE NOCASE',
    postgres: 'VARCHAR(40)',
    mariadb: 'VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
  }[engine];

  it('takes rows of one user whose accounts differ in case alone', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      ...withoutKeys[engine],
      `ALTER TABLE ${tokens} ADD COLUMN account ${caseless}`,
      `UPDATE ${tokens} SET user_id = 'u-ada', connection_name = 'github', account = id`,
      `UPDATE ${tokens} SET account = 'ada' WHERE id = 't-1'`,
      `UPDATE ${tokens} SET account = 'Ada' WHERE id = 't-2'`,
    ]);
    await adopt(dataSource);
    expect((await rowsOf(dataSource, tokens)).map(({ account }) => account)).toEqual(['ada', 'Ada', 't-3']);
  });

  it('refuses a status that differs in case from one of ours', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} ADD COLUMN status ${caseless}`,
      `UPDATE ${tokens} SET status = 'active'`,
      `UPDATE ${tokens} SET status = 'ACTIVE' WHERE id = 't-3'`,
    ]);
    await refuses(dataSource, /"status" has a name that/);
  });

  it('names the generation that is ahead of its claims', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} ADD COLUMN account VARCHAR(40) DEFAULT 'default'`,
      ...withColumn('generation', 'INTEGER', '7'),
    ]);
    await refuses(dataSource, /column "generation" has a name that/);
  });

  it.runIf(engine === 'mariadb')('refuses a trigger that writes a timestamp of ours', async () => {
    const trigger = (assignment: string) =>
      `CREATE TRIGGER stamp BEFORE UPDATE ON ${tokens} FOR EACH ROW SET ${assignment}`;
    const dataSource = await legacyDatabase(engine, 'a', [trigger('NEW.`updated_at` = NOW()')]);
    await refuses(dataSource, /trigger "stamp" runs before an update and mentions column "updated_at"/);
    await dataSource.query('DROP TRIGGER stamp');
    await dataSource.query(`ALTER TABLE ${tokens} ADD COLUMN seen INTEGER`);
    await dataSource.query(trigger('NEW.seen = 1'));
    await adopt(dataSource);
  });

  it.each(harmless)('takes a column %s (%s) that has the value %s', async (name, type, value) => {
    const dataSource = await legacyDatabase(engine, 'a', withColumn(name, type, value));
    await adopt(dataSource);
    expect(await rowsOf(dataSource, tokens)).toHaveLength(3);
  });
});

/** A table without foreign keys, as another program might have made it. */
const plain = (more: string, tableOptions: string): readonly string[] => [
  `DROP TABLE ${tokens}`,
  `CREATE TABLE ${tokens} (id VARCHAR(36) PRIMARY KEY, user_id VARCHAR(100), connection_name VARCHAR(100), ` +
    'access_token_encrypted TEXT NOT NULL, refresh_token_encrypted TEXT, token_type VARCHAR(50), ' +
    `scopes VARCHAR(2000)${more}) ${tableOptions}`,
  `INSERT INTO ${tokens} (id, user_id, connection_name, access_token_encrypted) VALUES ('t-1', 'u', 'c', 'x')`,
];

const noRoom: Readonly<Record<string, readonly string[]>> = {
  'a compact row format': plain('', 'ROW_FORMAT=COMPACT DEFAULT CHARSET=latin1'),
  'a redundant row format': plain('', 'ROW_FORMAT=REDUNDANT DEFAULT CHARSET=latin1'),
  'the engine MyISAM': plain('', 'ENGINE=MyISAM DEFAULT CHARSET=latin1'),
  'the engine Aria': plain('', 'ENGINE=Aria DEFAULT CHARSET=latin1'),
  'a row that is almost full': plain(', payload VARCHAR(13700)', 'DEFAULT CHARSET=utf8mb4'),
  'an index that grows with our encoding': plain(
    ', KEY wide (scopes(2000), connection_name)',
    'DEFAULT CHARSET=latin1',
  ),
  'words of two columns, of which one is not ours': plain(
    ', note VARCHAR(40), FULLTEXT KEY words (note, scopes)',
    'DEFAULT CHARSET=latin1',
  ),
  'a wide user id that a foreign key holds': [
    'CREATE TABLE people (id VARCHAR(600) PRIMARY KEY) DEFAULT CHARSET=utf8mb4',
    "INSERT INTO people VALUES ('u')",
    ...plain(', FOREIGN KEY (user_id) REFERENCES people (id)', 'DEFAULT CHARSET=utf8mb4').map((sql) =>
      sql.replace('user_id VARCHAR(100)', 'user_id VARCHAR(600)'),
    ),
  ],
};

describeEachEngine('Adoption of odd tables', (engine) => {
  it.runIf(engine === 'postgres')(
    'reads times in a collation that knows no regular expressions',
    async () => {
      const dataSource = await legacyDatabase('postgres', 'a', [
        "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        `ALTER TABLE ${tokens} ALTER COLUMN created_at TYPE varchar(64) COLLATE loose USING '2025-12-01 11:43:13'`,
      ]);
      await adopt(dataSource);
      const [row] = await rowsOf(dataSource, tokens);
      expect(row?.['created_at']).toBe('2025-12-01T11:43:13.000Z');
    },
  );

  it.runIf(engine === 'sqlite')('leaves a table of the host with a name like that of a copy', async () => {
    const dataSource = await legacyDatabase('sqlite', 'a', [`CREATE TABLE temporary_${tokens} (mine)`]);
    await adopt(dataSource);
    expect(await dataSource.query(`SELECT * FROM temporary_${tokens}`)).toEqual([]);
    expect(await rowsOf(dataSource, tokens)).toHaveLength(3);
  });

  it.runIf(engine === 'mariadb')(
    'refuses users that only spaces tell apart, where ours would not',
    async () => {
      vi.spyOn(mysqlCatalogue, 'byteExactText').mockResolvedValue({
        charset: 'utf8mb4',
        collation: 'utf8mb4_bin',
      });
      onTestFinished(() => void vi.restoreAllMocks());
      const dataSource = await legacyDatabase('mariadb', 'b', [
        `DELETE FROM ${tokens}`,
        `ALTER TABLE ${tokens} DROP FOREIGN KEY user_connection_tokens_ibfk_1`,
        `ALTER TABLE ${tokens} MODIFY user_id VARCHAR(64) COLLATE utf8mb4_nopad_bin NOT NULL`,
        ...["'ada'", "'ada '"].map(
          (user, index) =>
            `INSERT INTO ${tokens} (id, user_id, connection_name, access_token_encrypted) VALUES ('s-${index}', ${user}, 'c', 'x')`,
        ),
      ]);
      await refuses(dataSource, /two rows have the same/);
    },
  );
});

describeEachEngine('Adoption of tables without room for our columns', (engine) => {
  it.runIf(engine === 'mariadb').each(Object.entries(noRoom))('refuses %s', async (_, statements) => {
    const dataSource = await legacyDatabase('mariadb', 'a', statements);
    const before = await dataSource.query(`SHOW CREATE TABLE ${tokens}`);
    await refuses(
      dataSource,
      /the database refuses our columns and keys in an empty copy|no transactions|too wide for a key/,
    );
    expect(await dataSource.query(`SHOW CREATE TABLE ${tokens}`)).toEqual(before);
    expect(await dataSource.query("SHOW TABLES LIKE '%rehearsal'")).toEqual([]);
  });
});

describeEachEngine('Adoption of columns that only change together', (engine) => {
  it.runIf(engine === 'mariadb')(
    'keeps an index of the words of two of them, and a revert gives both back',
    async () => {
      const dataSource = await legacyDatabase(
        'mariadb',
        'a',
        plain(', FULLTEXT KEY words (token_type, scopes)', 'DEFAULT CHARSET=latin1'),
      );
      const lines = async () => {
        const [created] = await dataSource.query(`SHOW CREATE TABLE ${tokens}`);
        return (created['Create Table'] as string)
          .split('\n')
          .filter((line) => /token_type|scopes/.test(line));
      };
      const before = await lines();
      await adopt(dataSource);
      expect(await lines()).toContainEqual(
        expect.stringContaining('FULLTEXT KEY `words` (`token_type`,`scopes`)'),
      );
      await revertConnectionMigration(dataSource, { logger: recordingLogger() });
      expect(await lines()).toEqual(before);
    },
  );
});

describeEachEngine('Adoption of long values', (engine) => {
  const long = 'x'.repeat(87_000);
  const wide =
    engine === 'mariadb'
      ? `ALTER TABLE ${tokens} MODIFY access_token_encrypted MEDIUMTEXT NOT NULL`
      : 'SELECT 1';

  it('keeps a token that is longer than any of ours, in every mode of the session', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [wide], { poolSize: 1 });
    const { schema } = dataSource.options as { schema?: string };
    const path = schema === undefined ? tokens : `"${schema}".${tokens}`;
    await dataSource.query(`UPDATE ${path} SET access_token_encrypted = '${long}' WHERE id = 't-1'`);
    if (engine === 'mariadb') await dataSource.query("SET SESSION sql_mode = ''");
    await adopt(dataSource);
    const [row] = await rowsOf(dataSource, tokens);
    expect(row?.['access_token_encrypted']).toBe(long);
    expect(await adopt(dataSource)).toEqual([]);
  });

  it.runIf(engine === 'mariadb')(
    'keeps a text whose characters take more bytes in our encoding',
    async () => {
      const dataSource = await legacyDatabase(engine, 'a', [
        `ALTER TABLE ${tokens} MODIFY scopes TEXT CHARACTER SET latin1`,
        `UPDATE ${tokens} SET scopes = REPEAT('é', 60000) WHERE id = 't-1'`,
      ]);
      await adopt(dataSource);
      const [row] = await rowsOf(dataSource, tokens);
      expect(row?.['scopes']).toBe('é'.repeat(60_000));
    },
  );
});

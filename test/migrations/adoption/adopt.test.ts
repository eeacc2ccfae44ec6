import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import {
  ConnectionConfig,
  ConnectionOAuthState,
  UserConnectionToken,
  connectionEntities,
} from '../../../src/entities';
import {
  connectionMigrations,
  revertConnectionMigration,
  runConnectionMigrations,
} from '../../../src/migrations';
import { MetadataStore } from '../../../src/store/metadata-store';
import { declaration, entry } from '../../setup/declarations';
import type { EngineName } from '../../setup/database';
import { describeEachEngine, testDatabase } from '../../setup/database';
import type { Generation } from '../../setup/legacy';
import { generations, loadLegacy, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { statementLogger } from '../../setup/statements';

const FIRST = 'CreateConnectionTables1795305600000';

async function legacy(
  engine: EngineName,
  generation: Generation,
  more: readonly string[] = [],
): Promise<DataSource> {
  const dataSource = await (await testDatabase(engine)).connect();
  await loadLegacy(dataSource, engine, generation);
  await runInSchema(dataSource, more);
  return dataSource;
}

const quiet = () => ({ logger: recordingLogger() });

async function rowsOf(dataSource: DataSource, table: string): Promise<Record<string, unknown>[]> {
  const { tablePath } = dataSource.getMetadata(ConnectionConfig);
  return dataSource.query(` SELECT * FROM ${tablePath.replace('connection_configs', table)} ORDER BY id`);
}

async function tableOf(dataSource: DataSource, entity: (typeof connectionEntities)[number]) {
  const queryRunner = dataSource.createQueryRunner();
  const table = await queryRunner.getTable(dataSource.getMetadata(entity).tablePath);
  await queryRunner.release();
  if (!table) throw new Error('the table is gone');
  return table;
}

const tokenFacts = ({
  id,
  userId,
  connectionName,
  accessTokenEncrypted,
  refreshTokenEncrypted,
}: UserConnectionToken) => ({
  id,
  userId,
  connectionName,
  accessTokenEncrypted,
  refreshTokenEncrypted,
});

describeEachEngine('Adoption', (engine) => {
  describe.each(generations)('of generation %s', (generation) => {
    it('keeps every user, token and connection, and the encrypted texts to the letter', async () => {
      const dataSource = await legacy(engine, generation);
      const before = await rowsOf(dataSource, 'user_connection_tokens');
      const users = await rowsOf(dataSource, 'users');
      expect(await runConnectionMigrations(dataSource, quiet())).toEqual([FIRST]);
      const tokens = await dataSource.getRepository(UserConnectionToken).find({ order: { id: 'ASC' } });
      expect(tokens.map(tokenFacts)).toEqual(
        before.map((row) => ({
          id: row['id'],
          userId: row['user_id'],
          connectionName: row['connection_name'],
          accessTokenEncrypted: row['access_token_encrypted'],
          refreshTokenEncrypted: row['refresh_token_encrypted'],
        })),
      );
      expect(tokens).toHaveLength(3);
      expect(await rowsOf(dataSource, 'users')).toEqual(users);
      const configs = await dataSource.getRepository(ConnectionConfig).find({ order: { name: 'ASC' } });
      expect(
        configs.map(({ name, enabled, transport, managedBy }) => ({ name, enabled, transport, managedBy })),
      ).toEqual(
        generation === 'b'
          ? []
          : [
              { name: 'atlassian', enabled: true, transport: 'streamable-http', managedBy: null },
              { name: 'github', enabled: false, transport: 'sse', managedBy: null },
              { name: 'retired', enabled: true, transport: 'sse', managedBy: null },
            ],
      );
    });

    it('rewrites instants: `expires_at` as UTC, the others in the zone that was named', async () => {
      const dataSource = await legacy(engine, generation);
      await runConnectionMigrations(dataSource, { ...quiet(), legacyTimeZone: 'America/New_York' });
      const tokens = await dataSource.getRepository(UserConnectionToken).find({ order: { id: 'ASC' } });
      expect(tokens.map(({ expiresAt, createdAt }) => [expiresAt, createdAt])).toEqual([
        [new Date('2025-12-01T12:43:13.500Z'), new Date('2025-12-01T16:43:13.500Z')],
        [null, new Date('2025-11-25T14:00:00.000Z')],
        [new Date('2099-01-01T00:00:00.000Z'), expect.any(Date)],
      ]);
    });

    it('takes naive instants as UTC when no zone is named', async () => {
      const dataSource = await legacy(engine, generation);
      await runConnectionMigrations(dataSource, quiet());
      const token = await dataSource.getRepository(UserConnectionToken).findOneByOrFail({ id: 't-1' });
      expect(token.createdAt).toEqual(new Date('2025-12-01T11:43:13.500Z'));
    });

    it('drops the foreign keys on connection names and leaves the one to users', async () => {
      const dataSource = await legacy(engine, generation);
      await runConnectionMigrations(dataSource, quiet());
      for (const entity of [UserConnectionToken, ConnectionOAuthState]) {
        const { foreignKeys } = await tableOf(dataSource, entity);
        expect(foreignKeys.map(({ columnNames }) => columnNames)).toEqual([['user_id']]);
      }
    });

    it('empties the states in flight and says how many there were', async () => {
      const dataSource = await legacy(engine, generation);
      const logger = recordingLogger();
      await runConnectionMigrations(dataSource, { logger });
      expect(await dataSource.getRepository(ConnectionOAuthState).count()).toBe(0);
      expect(logger.lines).toContainEqual(
        expect.stringMatching(/^warn: 2 authorizations in flight were dropped/),
      );
    });

    it('lets one user have two accounts at a connection, and not one account twice', async () => {
      const dataSource = await legacy(engine, generation);
      await runConnectionMigrations(dataSource, quiet());
      const repo = dataSource.getRepository(UserConnectionToken);
      const { id: _id, ...found } = await repo.findOneByOrFail({ id: 't-1' });
      const token = { ...found, providerMetadata: null };
      await repo.insert({ ...token, id: 'second', account: 'work' });
      await expect(repo.insert({ ...token, id: 'third', account: 'work' })).rejects.toThrow(
        /unique|duplicate/i,
      );
      expect(await repo.count()).toBe(4);
    });

    it('gives tables that equal the entities in every column, but for what a kept foreign key holds', async () => {
      const dataSource = await legacy(engine, generation);
      await runConnectionMigrations(dataSource, quiet());
      const fresh = await (await testDatabase(engine)).connect();
      await runConnectionMigrations(fresh);
      for (const entity of connectionEntities) {
        const facts = async (from: DataSource) => {
          const { columns } = await tableOf(from, entity);
          return columns
            .filter(({ name }) => !(engine === 'mariadb' && name === 'user_id'))
            .map(({ name, type, length, isNullable, isPrimary, collation, ...column }) => ({
              name,
              type,
              length,
              isNullable,
              isPrimary,
              collation,
              default: column.default,
            }))
            .toSorted((a, b) => (a.name < b.name ? -1 : 1));
        };
        expect(await facts(dataSource)).toEqual(await facts(fresh));
      }
    });

    it('is done once: the second start changes nothing', async () => {
      const dataSource = await legacy(engine, generation);
      await runConnectionMigrations(dataSource, quiet());
      const sent: string[] = [];
      const again = { ...dataSource.options, logging: true, logger: statementLogger(sent) } as never;
      const { DataSource: Another } = await import('typeorm');
      const second = await new Another(again).initialize();
      sent.length = 0;
      expect(await runConnectionMigrations(second)).toEqual([]);
      expect(sent.filter((sql) => /\b(INSERT|UPDATE|DELETE|ALTER|CREATE|DROP)\b/.test(sql))).toEqual([]);
      await second.destroy();
    });

    it('gives the old columns back when it is reverted, with the old values readable', async () => {
      const dataSource = await legacy(engine, generation);
      const table = await tableOf(dataSource, UserConnectionToken);
      const before = await rowsOf(dataSource, 'user_connection_tokens');
      await runConnectionMigrations(dataSource, { ...quiet(), legacyTimeZone: 'Asia/Kathmandu' });
      await revertConnectionMigration(dataSource);
      const facts = ({ columns }: typeof table) =>
        columns.map(({ name, type, isNullable }) => ({ name, type: type.toLowerCase(), isNullable }));
      expect(facts(await tableOf(dataSource, UserConnectionToken))).toEqual(facts(table));
      const after = await rowsOf(dataSource, 'user_connection_tokens');
      const instant = (value: unknown) =>
        value instanceof Date ? value.toISOString() : String(value).replace(' ', 'T').slice(0, 23);
      const readable = (rows: Record<string, unknown>[]) =>
        rows.map(({ created_at, updated_at: _updated, expires_at, provider_metadata, id, ...row }) => ({
          ...row,
          id,
          created_at: id === 't-3' ? null : instant(created_at),
          expires_at: expires_at === null ? null : instant(expires_at),
          provider_metadata:
            typeof provider_metadata === 'string' ? JSON.parse(provider_metadata) : provider_metadata,
        }));
      expect(readable(after)).toEqual(readable(before));
      expect(await runConnectionMigrations(dataSource, quiet())).toEqual([FIRST]);
    });

    it('survives a host that synchronizes before us', async () => {
      const database = await testDatabase(engine);
      await loadLegacy(await database.connect(), engine, generation);
      const dataSource = await database.connect({ synchronize: true });
      const config = declaration({ atlassian: entry(), github: entry() });
      const store = await new MetadataStore({ dataSource, config, ...quiet() }).initialize();
      const report = store.lastSync?.ok ? store.lastSync.report : undefined;
      expect([report?.adopted.length, report?.created.length]).toEqual(generation === 'a' ? [2, 0] : [0, 2]);
      expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
    });

    it('is refused, with nothing changed, to a host that runs our migrations itself', async () => {
      const database = await testDatabase(engine);
      await loadLegacy(await database.connect(), engine, generation);
      const dataSource = await database.connect({ migrations: [...connectionMigrations] });
      const before = await tableOf(dataSource, UserConnectionToken);
      await expect(dataSource.runMigrations()).rejects.toMatchObject({
        code: 'tables_foreign',
        message: expect.stringContaining('await runConnectionMigrations(dataSource)'),
      });
      expect((await tableOf(dataSource, UserConnectionToken)).columns).toEqual(before.columns);
    });
  });

  it('keeps an extra column, an extra index and what is in them', async () => {
    const dataSource = await legacy(engine, 'a', [
      "ALTER TABLE user_connection_tokens ADD COLUMN note VARCHAR(40) DEFAULT 'kept'",
      'CREATE INDEX ix_note ON user_connection_tokens (note)',
    ]);
    await runConnectionMigrations(dataSource, quiet());
    const rows = await rowsOf(dataSource, 'user_connection_tokens');
    expect(rows.map(({ note }) => note)).toEqual(['kept', 'kept', 'kept']);
    const { indices } = await tableOf(dataSource, UserConnectionToken);
    expect(indices.map(({ name }) => name)).toContain('ix_note');
  });

  it('takes a column that was already added by hand', async () => {
    const dataSource = await legacy(engine, 'a', [
      'ALTER TABLE connection_configs ADD COLUMN oauth_redirect_uri VARCHAR(200)',
      "UPDATE connection_configs SET oauth_redirect_uri = 'https://by-hand.test/' WHERE name = 'github'",
    ]);
    await runConnectionMigrations(dataSource, quiet());
    const row = await dataSource.getRepository(ConnectionConfig).findOneByOrFail({ name: 'github' });
    expect(row.oauthRedirectUri).toBe('https://by-hand.test/');
  });

  it('makes the unique index on names again where somebody dropped it', async () => {
    const drop = engine === 'mariadb' ? ' ON connection_configs' : '';
    const unlink = 'ALTER TABLE connection_oauth_states DROP FOREIGN KEY connection_oauth_states_ibfk_2';
    const unlinkTokens = 'ALTER TABLE user_connection_tokens DROP FOREIGN KEY user_connection_tokens_ibfk_2';
    const cascade = 'DROP INDEX ix_connection_configs_name CASCADE';
    const statements = {
      sqlite: ['DROP INDEX ix_connection_configs_name'],
      postgres: [cascade],
      mariadb: [unlink, unlinkTokens, `DROP INDEX ix_connection_configs_name${drop}`],
    };
    const dataSource = await legacy(engine, 'a', statements[engine]);
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
    const dataSource = await legacy(engine, 'a', recreate[engine]);
    if (engine === 'sqlite') await cascadeInSqlite(dataSource);
    await runConnectionMigrations(dataSource, quiet());
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
    await dataSource.getRepository(ConnectionConfig).delete({ name: 'atlassian' });
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
  });

  it('makes a table that is missing', async () => {
    const dataSource = await legacy(engine, 'a', ['DROP TABLE connection_oauth_states']);
    await runConnectionMigrations(dataSource, quiet());
    expect(await dataSource.getRepository(ConnectionOAuthState).count()).toBe(0);
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(3);
  });

  it('refuses a text that is no instant, and says which', async () => {
    if (engine !== 'sqlite') return;
    const dataSource = await legacy(engine, 'a', [
      "UPDATE user_connection_tokens SET expires_at = 'tomorrow' WHERE id = 't-1'",
    ]);
    const before = await rowsOf(dataSource, 'user_connection_tokens');
    await expect(runConnectionMigrations(dataSource, quiet())).rejects.toMatchObject({
      code: 'tables_foreign',
      message: expect.stringContaining('"tomorrow"'),
    });
    expect(await rowsOf(dataSource, 'user_connection_tokens')).toEqual(before);
  });

  it('refuses a time zone that does not exist, before it changes anything', async () => {
    const dataSource = await legacy(engine, 'a');
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

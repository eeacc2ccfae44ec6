import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
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
import { atEndOfTests } from '../../setup/at-end';
import { declaration, entry } from '../../setup/declarations';
import { describeEachEngine, isTypeorm03, testDatabase } from '../../setup/database';
import { generations, legacyDatabase, loadLegacy, rowsOf, tableOf } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { statementLogger } from '../../setup/statements';

const FIRST = 'CreateConnectionTables1795305600000';

const quiet = () => ({ logger: recordingLogger() });

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
  // The second generation differs in what is there, which TypeORM has no part in.
  describe.each(isTypeorm03 ? generations.slice(0, 1) : generations)('of generation %s', (generation) => {
    describe('when it is done', () => {
      const logger = recordingLogger();
      const atEnd = atEndOfTests();
      const before: Record<string, Record<string, unknown>[]> = {};
      let dataSource: DataSource;
      let ran: readonly string[];

      beforeAll(async () => {
        const database = await testDatabase(engine, atEnd);
        dataSource = await database.connect();
        await loadLegacy(dataSource, engine, generation);
        for (const table of ['users', 'user_connection_tokens'])
          before[table] = await rowsOf(dataSource, table);
        ran = await runConnectionMigrations(dataSource, { logger, legacyTimeZone: 'America/New_York' });
      });

      it('keeps every user, token and connection, and the encrypted texts to the letter', async () => {
        expect(ran).toEqual([FIRST]);
        const tokens = await dataSource.getRepository(UserConnectionToken).find({ order: { id: 'ASC' } });
        expect(tokens.map(tokenFacts)).toEqual(
          before['user_connection_tokens']?.map((row) => ({
            id: row['id'],
            userId: row['user_id'],
            connectionName: row['connection_name'],
            accessTokenEncrypted: row['access_token_encrypted'],
            refreshTokenEncrypted: row['refresh_token_encrypted'],
          })),
        );
        expect(tokens).toHaveLength(3);
        expect(await rowsOf(dataSource, 'users')).toEqual(before['users']);
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
        const tokens = await dataSource.getRepository(UserConnectionToken).find({ order: { id: 'ASC' } });
        expect(tokens.map(({ expiresAt, createdAt }) => [expiresAt, createdAt])).toEqual([
          [new Date('2025-12-01T12:43:13.500Z'), new Date('2025-12-01T16:43:13.500Z')],
          [null, new Date('2025-11-25T14:00:00.000Z')],
          [new Date('2099-01-01T00:00:00.000Z'), expect.any(Date)],
        ]);
      });

      it('drops the foreign keys on connection names and leaves the one to users', async () => {
        for (const entity of [UserConnectionToken, ConnectionOAuthState]) {
          const { foreignKeys } = await tableOf(dataSource, entity);
          expect(foreignKeys.map(({ columnNames }) => columnNames)).toEqual([['user_id']]);
        }
      });

      it('empties the states in flight and says how many there were', async () => {
        expect(await dataSource.getRepository(ConnectionOAuthState).count()).toBe(0);
        expect(logger.lines).toContainEqual(
          expect.stringMatching(/^warn: Unfinished authorizations of another program were deleted: 2\./),
        );
      });

      it('lets one user have two accounts at a connection, and not one account twice', async () => {
        const repo = dataSource.getRepository(UserConnectionToken);
        const { id: _id, ...found } = await repo.findOneByOrFail({ id: 't-1' });
        const token = { ...found, providerMetadata: null };
        await repo.insert({ ...token, id: 'second', account: 'work' });
        await expect(repo.insert({ ...token, id: 'third', account: 'work' })).rejects.toThrow(
          /unique|duplicate/i,
        );
        expect(await repo.count()).toBe(4);
        await repo.delete({ id: 'second' });
      });

      it('gives tables that equal the entities in every column, but for what a kept foreign key holds', async () => {
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
        const sent: string[] = [];
        const again = { ...dataSource.options, logging: true, logger: statementLogger(sent) } as never;
        const { DataSource: Another } = await import('typeorm');
        const second = await new Another(again).initialize();
        sent.length = 0;
        expect(await runConnectionMigrations(second)).toEqual([]);
        expect(sent.filter((sql) => /\b(INSERT|UPDATE|DELETE|ALTER|CREATE|DROP)\b/.test(sql))).toEqual([]);
        await second.destroy();
      });
    });

    it('takes naive instants as UTC when no zone is named', { tags: ['long'] }, async () => {
      const dataSource = await legacyDatabase(engine, generation);
      await runConnectionMigrations(dataSource, quiet());
      const token = await dataSource.getRepository(UserConnectionToken).findOneByOrFail({ id: 't-1' });
      expect(token.createdAt).toEqual(new Date('2025-12-01T11:43:13.500Z'));
    });

    it(
      'gives the old columns back when it is reverted, with the old values readable',
      { tags: ['long'] },
      async () => {
        const dataSource = await legacyDatabase(engine, generation);
        const table = await tableOf(dataSource, UserConnectionToken);
        const before = await rowsOf(dataSource, 'user_connection_tokens');
        await runConnectionMigrations(dataSource, { ...quiet(), legacyTimeZone: 'Asia/Kathmandu' });
        await revertConnectionMigration(dataSource);
        const facts = ({ columns }: typeof table) =>
          columns
            .map(({ name, type, isNullable }) => ({ name, type: type.toLowerCase(), isNullable }))
            .toSorted((a, b) => (a.name < b.name ? -1 : 1));
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
      },
    );

    it('survives a host that synchronizes before us', { tags: ['long'] }, async () => {
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
});

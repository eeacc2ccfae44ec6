/** Adoptions without a time zone, before a revert, and beside what a host does to the tables itself. */
import { describe, expect, it } from 'vitest';
import { UserConnectionToken } from '../../../src/entities';
import {
  connectionMigrations,
  revertConnectionMigration,
  runConnectionMigrations,
} from '../../../src/migrations';
import { MetadataStore } from '../../../src/store/metadata-store';
import { describeEachEngine, isTypeorm03, testDatabase } from '../../setup/database';
import { declaration, entry } from '../../setup/declarations';
import { generations, legacyDatabase, loadLegacy, rowsOf, tableOf } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const FIRST = 'CreateConnectionTables1795305600000';

const quiet = () => ({ logger: recordingLogger() });

describeEachEngine('Adoption', (engine) => {
  // The second generation differs in what is there, which TypeORM has no part in.
  describe.each(isTypeorm03 ? generations.slice(0, 1) : generations)('of generation %s', (generation) => {
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

/** The time of an adoption grows with the rows: a table is made again once, where the engine can, and no row is sent to and fro. */
import { expect, it } from 'vitest';
import { runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine, testDatabase } from '../../setup/database';
import { legacyDatabase, loadLegacy, rowsOf } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { statementLogger } from '../../setup/statements';

const tokens = 'user_connection_tokens';
const quiet = () => ({ logger: recordingLogger() });

/** Statements that make the table of tokens again: dates become texts, for MariaDB, before they can become ours. */
const rebuilding: Readonly<Record<EngineName, { readonly statement: RegExp; readonly times: number }>> = {
  sqlite: { statement: /^INSERT INTO "connection_adoption_user_connection_tokens"/, times: 1 },
  postgres: { statement: /^ALTER TABLE \S+user_connection_tokens" .*\bTYPE\b/, times: 1 },
  mariadb: { statement: /^ALTER TABLE `user_connection_tokens` MODIFY (?!`user_id`)/, times: 2 },
};

describeEachEngine('An adoption', (engine) => {
  it('changes all columns of a table at once, and reads no instant that SQL can convert', async () => {
    const database = await testDatabase(engine);
    await loadLegacy(await database.connect(), engine, 'a');
    const sent: string[] = [];
    const dataSource = await database.connect({ logging: true, logger: statementLogger(sent) });
    await runConnectionMigrations(dataSource, quiet());
    const { statement, times } = rebuilding[engine];
    expect(sent.filter((sql) => statement.test(sql))).toHaveLength(times);
    expect(sent.filter((sql) => /= CASE [`"]id[`"] WHEN/.test(sql))).toEqual([]);
  });

  it.runIf(engine === 'postgres')(
    'asks a trigger, and refuses one that writes a time of another form',
    async () => {
      const dataSource = await legacyDatabase('postgres', 'a', [
        'CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS ' +
          '$$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$',
        `CREATE TRIGGER stamped BEFORE UPDATE ON ${tokens} FOR EACH ROW EXECUTE FUNCTION stamp()`,
      ]);
      const before = await rowsOf(dataSource, tokens);
      await expect(runConnectionMigrations(dataSource, quiet())).rejects.toMatchObject({
        code: 'tables_foreign',
        message: expect.stringMatching(
          /A trigger on the table .*user_connection_tokens.* changes the timestamps/,
        ),
      });
      expect(await rowsOf(dataSource, tokens)).toEqual(before);
    },
  );
});

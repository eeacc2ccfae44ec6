/**
 * The time of an adoption grows with the rows: a table is made again once, where the engine can, and no row is sent to and fro.
 *
 * @module-tag long
 */
import { expect, it } from 'vitest';
import { runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine, testDatabase } from '../../setup/database';
import { legacyDatabase, loadLegacy, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { statementLogger } from '../../setup/statements';

const tokens = 'user_connection_tokens';
const quiet = () => ({ logger: recordingLogger() });

/** Statements that make the table of tokens again: on MariaDB a second time, for columns that had NULL. */
const rebuilding: Readonly<Record<EngineName, { readonly statement: RegExp; readonly times: number }>> = {
  sqlite: { statement: /^INSERT INTO "connection_adoption_user_connection_tokens"/, times: 1 },
  postgres: { statement: /^ALTER TABLE \S+user_connection_tokens" .*\bTYPE\b/, times: 1 },
  mariadb: { statement: /^ALTER TABLE `user_connection_tokens` MODIFY (?!`user_id`)/, times: 2 },
};

/** The statements of an adoption of a table that somebody has changed. */
async function statementsOf(
  engine: EngineName,
  more: readonly string[] = [],
  legacyTimeZone = 'UTC',
): Promise<string[]> {
  const database = await testDatabase(engine);
  const plain = await database.connect();
  await loadLegacy(plain, engine, 'a');
  await runInSchema(plain, more);
  const sent: string[] = [];
  const dataSource = await database.connect({ logging: true, logger: statementLogger(sent) });
  await runConnectionMigrations(dataSource, { ...quiet(), legacyTimeZone });
  return sent;
}

describeEachEngine('An adoption', (engine) => {
  const { statement, times } = rebuilding[engine];

  it('changes all columns of a table at once, and reads no instant that SQL can convert', async () => {
    const sent = await statementsOf(engine);
    expect(sent.filter((sql) => statement.test(sql))).toHaveLength(times);
    expect(sent.filter((sql) => /= CASE [`"]id[`"] WHEN/.test(sql))).toEqual([]);
  });

  it.runIf(engine === 'mariadb')('copies a table once in which no instant is missing', async () => {
    const filled = ['created_at', 'updated_at'].map((name) => `${name} = COALESCE(${name}, '2025-12-01')`);
    const sent = await statementsOf(engine, [`UPDATE ${tokens} SET ${filled.join(', ')}`]);
    expect(sent.filter((sql) => statement.test(sql))).toHaveLength(1);
    // Of three tables, an empty copy each.
    const rehearsed = sent.filter((sql) =>
      /^ALTER TABLE `connection_adoption_rehearsal` MODIFY (?!`user_id`)/.test(sql),
    );
    expect(rehearsed).toHaveLength(3);
  });

  it('reads no instant twice that is one for certain, in any time zone', async () => {
    const sent = await statementsOf(engine, [], 'Asia/Tokyo');
    const reading = /^SELECT ["`]id["`], .*created_at.* FROM \S*user_connection_tokens/;
    const places = sent.flatMap((sql, place) => (reading.test(sql) ? [place] : []));
    const change = sent.findIndex((sql) => /^CREATE TABLE \S*connection_adoptions/.test(sql));
    expect(change).toBeGreaterThan(0);
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((place) => place < change)).toEqual([]);
  });

  it.runIf(engine === 'mariadb')(
    'changes the rest at once where a foreign key refers to a column',
    async () => {
      const referring = `CREATE TABLE audit (token_id VARCHAR(255), FOREIGN KEY (token_id) REFERENCES ${tokens} (id))`;
      const sent = await statementsOf(engine, [referring]);
      expect(sent.filter((sql) => statement.test(sql) && !/MODIFY `id`/.test(sql))).toHaveLength(times);
    },
  );

  it.runIf(engine === 'mariadb')('rewrites at most ten thousand rows in a statement', async () => {
    const sent = await statementsOf(engine, [
      "INSERT INTO users (id, email, sign_in_method) SELECT CONCAT('u-', seq), seq, 'okta' FROM seq_1_to_10001",
      `INSERT INTO ${tokens} (id, user_id, connection_name, access_token_encrypted, expires_at) ` +
        "SELECT CONCAT('n-', seq), CONCAT('u-', seq), 'atlassian', 'x', '2025-12-01 11:43:13' FROM seq_1_to_10001",
    ]);
    const rewriting = sent.filter((sql) => /^UPDATE `user_connection_tokens` SET .*`expires_at`/.test(sql));
    const bounds = rewriting.map((sql) => sql.match(/`id` (?:<=|>) \?/g));
    expect(bounds).toEqual([['`id` <= ?'], ['`id` > ?']]);
  });

  it.runIf(engine === 'postgres')('asks no trigger that is disabled or not for updates', async () => {
    const sent = await statementsOf(engine, [
      'CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
      `CREATE TRIGGER inserted BEFORE INSERT ON ${tokens} FOR EACH ROW EXECUTE FUNCTION nothing()`,
      `CREATE TRIGGER disabled BEFORE UPDATE ON ${tokens} FOR EACH ROW EXECUTE FUNCTION nothing()`,
      `ALTER TABLE ${tokens} DISABLE TRIGGER disabled`,
    ]);
    expect(sent.filter((sql) => statement.test(sql))).toHaveLength(times);
    expect(sent.filter((sql) => /^UPDATE \S+user_connection_tokens"/.test(sql))).toEqual([]);
  });

  it.runIf(engine === 'postgres')('updates a row once that only JavaScript can read', async () => {
    const text = (name: string) =>
      `ALTER COLUMN ${name} DROP DEFAULT, ALTER COLUMN ${name} TYPE text USING '2025-12-01 12:43:13+01:00'`;
    const dataSource = await legacyDatabase('postgres', 'a', [
      `ALTER TABLE ${tokens} ${['expires_at', 'created_at', 'updated_at'].map(text).join(', ')}`,
      'CREATE TABLE audit (id text)',
      'CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS ' +
        '$$ BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NULL; END $$',
      `CREATE TRIGGER noted AFTER UPDATE ON ${tokens} FOR EACH ROW EXECUTE FUNCTION noted()`,
    ]);
    await runConnectionMigrations(dataSource, quiet());
    const ids = (await rowsOf(dataSource, tokens)).map(({ id }) => id);
    expect((await rowsOf(dataSource, 'audit')).map(({ id }) => id)).toEqual(ids);
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
          /A trigger or another program writes timestamps .*user_connection_tokens/,
        ),
      });
      expect(await rowsOf(dataSource, tokens)).toEqual(before);
    },
  );
});

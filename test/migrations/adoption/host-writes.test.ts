/**
 * What the host, or a process of the old release, writes while an adoption runs.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { runConnectionMigrations } from '../../../src/migrations';
import { describeEachEngine, isTypeorm03, testDatabase } from '../../setup/database';
import { legacyDatabase, loadLegacy, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const tokens = 'user_connection_tokens';
const quiet = () => ({ logger: recordingLogger() });

async function fill(dataSource: DataSource, rows: number): Promise<void> {
  const values = Array.from(
    { length: rows },
    (_, index) =>
      `('z-${String(index).padStart(6, '0')}', 'u-ada', 'c-${index}', 'x', 'y', '2025-12-01 11:43:13')`,
  );
  await runInSchema(dataSource, [
    `INSERT INTO ${tokens} (id, user_id, connection_name, access_token_encrypted, refresh_token_encrypted, expires_at) ` +
      `VALUES ${values.join(', ')}`,
  ]);
}

/** The host writes whenever the process lets it, until the adoption ends. */
async function adoptWhileHostWrites(dataSource: DataSource) {
  const refreshToken = async () => (await rowsOf(dataSource, tokens))[0]?.['refresh_token_encrypted'];
  const before = String(await refreshToken());
  const end = new AbortController();
  const adoption = runConnectionMigrations(dataSource, quiet()).finally(() => end.abort());
  adoption.catch(() => undefined);
  let writes = 0;
  do {
    writes += 1;
    await dataSource.query(
      `UPDATE ${tokens} SET refresh_token_encrypted = refresh_token_encrypted || '.' WHERE id = 't-1'`,
    );
    await new Promise((resolve) => setImmediate(resolve));
  } while (!end.signal.aborted);
  return { adoption, isKept: (await refreshToken()) === `${before}${'.'.repeat(writes)}` };
}

describeEachEngine('An adoption', (engine) => {
  it.runIf(engine === 'sqlite')('loses nothing that the host writes on its only connection', async () => {
    const dataSource = await legacyDatabase('sqlite', 'a', ['PRAGMA foreign_keys = OFF']);
    await fill(dataSource, 3000);
    const { adoption, isKept } = await adoptWhileHostWrites(dataSource);
    await adoption;
    expect(isKept).toBe(true);
  });

  // The driver of TypeORM 0.3 is asynchronous: what is written meanwhile is part of the transaction.
  it.runIf(engine === 'sqlite' && !isTypeorm03)('loses nothing of that when it is refused', async () => {
    const dataSource = await legacyDatabase('sqlite', 'a', ['PRAGMA foreign_keys = OFF']);
    await fill(dataSource, 3000);
    await runInSchema(dataSource, [`UPDATE ${tokens} SET expires_at = 'some day' WHERE id = 'z-002999'`]);
    const { adoption, isKept } = await adoptWhileHostWrites(dataSource);
    await expect(adoption).rejects.toMatchObject({ code: 'tables_foreign' });
    expect(isKept).toBe(true);
  });

  it.runIf(engine === 'mariadb')('converts a row that an old process inserts meanwhile', async () => {
    const database = await testDatabase('mariadb');
    const old = await database.connect();
    await loadLegacy(old, 'mariadb', 'a');
    const host = await database.connect();
    let isInserted = false;
    afterEach(host, async (sql) => {
      if (isInserted || !sql.startsWith('UPDATE `user_connection_tokens` SET')) return;
      isInserted = true;
      const at = "'2025-12-01 11:43:13'";
      await old.query(
        `INSERT INTO ${tokens} (id, user_id, connection_name, access_token_encrypted, expires_at, created_at, updated_at) ` +
          `VALUES ('late', 'u-ada', 'other', 'x', ${at}, ${at}, ${at})`,
      );
    });
    await runConnectionMigrations(host, quiet());
    expect((await rowsOf(old, tokens)).find(({ id }) => id === 'late')).toMatchObject({
      expires_at: '2025-12-01T11:43:13.000Z',
      created_at: '2025-12-01T11:43:13.000Z',
    });
  });
});

/** Does something after each statement of the query runners that are made from now on. */
function afterEach(dataSource: DataSource, work: (sql: string) => Promise<void>): void {
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const queryRunner = create(mode);
    const query = queryRunner.query.bind(queryRunner);
    queryRunner.query = async (sql: string, ...rest: [never]) => {
      const result = await query(sql, ...rest);
      await work(sql);
      return result;
    };
    return queryRunner;
  };
}

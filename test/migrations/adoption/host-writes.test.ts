/** What the host, or a process of the old release, writes while an adoption runs. */
import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { runConnectionMigrations } from '../../../src/migrations';
import { describeEachEngine, testDatabase } from '../../setup/database';
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

describeEachEngine('An adoption', (engine) => {
  it.runIf(engine === 'sqlite')('loses nothing that the host writes on its only connection', async () => {
    const dataSource = await legacyDatabase('sqlite', 'a', ['PRAGMA foreign_keys = OFF']);
    await fill(dataSource, 3000);
    let isOver = false;
    const adoption = runConnectionMigrations(dataSource, quiet()).finally(() => (isOver = true));
    const [before] = await rowsOf(dataSource, tokens);
    let writes = 0;
    do {
      writes += 1;
      await dataSource.query(`UPDATE ${tokens} SET refresh_token_encrypted = refresh_token_encrypted || '.' WHERE id = 't-1'`);
      await new Promise((resolve) => setImmediate(resolve));
    } while (!isOver);
    await adoption;
    const [after] = await rowsOf(dataSource, tokens);
    expect(after?.['refresh_token_encrypted']).toBe(
      `${String(before?.['refresh_token_encrypted'])}${'.'.repeat(writes)}`,
    );
  });

  it.runIf(engine === 'mariadb')('converts a row that an old process inserts meanwhile', async () => {
    const database = await testDatabase('mariadb');
    const old = await database.connect();
    await loadLegacy(old, 'mariadb', 'a');
    const host = await database.connect();
    const create = host.createQueryRunner.bind(host);
    let isInserted = false;
    host.createQueryRunner = (mode) => {
      const queryRunner = create(mode);
      const query = queryRunner.query.bind(queryRunner);
      queryRunner.query = async (sql: string, ...rest: [never]) => {
        // Between the two ways in which dates are converted: by SQL, and by JavaScript.
        const result = await query(sql, ...rest);
        if (!isInserted && /^SELECT SUM/.test(sql)) {
          // replaced below
        }
        return result;
      };
      return queryRunner;
    };
    await runConnectionMigrations(host, quiet());
  });
});

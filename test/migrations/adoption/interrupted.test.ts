/**
 * Where DDL commits by itself, an adoption or a revert that stops leaves a table half-way; a revert finishes it.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { engineOf } from '../../../src/database/engines';
import { UserConnectionToken } from '../../../src/entities';
import { describeError } from '../../../src/errors';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import { describeEachEngine, testDatabase } from '../../setup/database';
import { legacyDatabase, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const tokens = 'user_connection_tokens';
const quiet = () => ({ logger: recordingLogger() });

/** @returns the message of `work`, whose first statement that matches fails */
async function stoppedAt(
  dataSource: DataSource,
  statement: RegExp,
  work: () => Promise<unknown>,
): Promise<string> {
  const create = dataSource.createQueryRunner.bind(dataSource);
  const restored: (() => void)[] = [];
  const spy = vi.spyOn(dataSource, 'createQueryRunner').mockImplementation((mode) => {
    const queryRunner = create(mode);
    const query = queryRunner.query.bind(queryRunner);
    // SQLite has one query runner, which later calls use too.
    restored.push(() => (queryRunner.query = query));
    queryRunner.query = async (sql: string, ...rest: [never]) => {
      if (statement.test(sql)) throw new Error('the test stops here');
      return query(sql, ...rest);
    };
    return queryRunner;
  });
  const message = await work().then(() => 'nothing stopped', describeError);
  expect(message).toMatch(/the test stops here/);
  spy.mockRestore();
  for (const restore of restored.toReversed()) restore();
  return message;
}

async function columnsOf(dataSource: DataSource): Promise<string[]> {
  const queryRunner = dataSource.createQueryRunner();
  const path = dataSource.getMetadata(UserConnectionToken).tablePath;
  const { columns } = await engineOf(dataSource).catalogue.shapeOf(queryRunner, path);
  await queryRunner.release();
  return columns.map(({ name, type }) => `${name} ${type.toLowerCase()}`);
}

async function expiries(dataSource: DataSource): Promise<unknown[]> {
  const path = dataSource.getMetadata(UserConnectionToken).tablePath;
  const rows = await dataSource.query(
    `SELECT CAST(expires_at AS CHAR(26)) AS expiry FROM ${path} ORDER BY id`,
  );
  return rows.map(({ expiry }: { expiry: string | null }) => expiry?.slice(0, 23));
}

describeEachEngine('A revert', (engine) => {
  it('gives the old columns back after an adoption that did not finish', async () => {
    const dataSource = await legacyDatabase(engine, 'a');
    const before = await columnsOf(dataSource);
    await stoppedAt(dataSource, /^(CREATE|ALTER TABLE \S+ ADD) (UNIQUE )?INDEX.*connection_name/i, () =>
      runConnectionMigrations(dataSource, quiet()),
    );
    await revertConnectionMigration(dataSource, quiet());
    expect(await columnsOf(dataSource)).toEqual(before);
    expect(await rowsOf(dataSource, tokens)).toHaveLength(3);
  });

  it('does nothing in a database without our tables', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await revertConnectionMigration(dataSource, quiet());
    expect(await runConnectionMigrations(dataSource, quiet())).toHaveLength(1);
  });

  it('that was interrupted continues, and moves no time that the zone of the process skips', async () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    onTestFinished(() => void vi.unstubAllEnvs());
    const dataSource = await legacyDatabase(engine, 'a');
    await runInSchema(dataSource, [
      `UPDATE ${tokens} SET expires_at = '2026-03-29 02:30:00.123' WHERE id = 't-1'`,
    ]);
    await runConnectionMigrations(dataSource, quiet());
    const message = await stoppedAt(dataSource, /^DROP TABLE.*connection_adoptions/i, () =>
      revertConnectionMigration(dataSource, quiet()),
    );
    expect(message).toMatch(/, then revert again\.$/);
    await revertConnectionMigration(dataSource, quiet());
    expect((await expiries(dataSource))[0]).toBe('2026-03-29 02:30:00.123');
  });
});

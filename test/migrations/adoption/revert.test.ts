/**
 * A revert gives back what the original service had: types, widths, defaults, and values that it reads right.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { engineOf } from '../../../src/database/engines';
import { ConnectionConfig, UserConnectionToken } from '../../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine } from '../../setup/database';
import { legacyDatabase, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const tokens = 'user_connection_tokens';
const quiet = () => ({ logger: recordingLogger() });

async function columnsOf(dataSource: DataSource) {
  const queryRunner = dataSource.createQueryRunner();
  const { catalogue } = engineOf(dataSource);
  const shapes = [];
  for (const entity of [ConnectionConfig, UserConnectionToken]) {
    const { columns } = await catalogue.shapeOf(queryRunner, dataSource.getMetadata(entity).tablePath);
    shapes.push(columns);
  }
  await queryRunner.release();
  return shapes.map((columns) =>
    columns.map(({ name, type, nullable, default: initial, collation }) => ({
      name,
      type: type.toLowerCase(),
      nullable,
      initial,
      collation,
    })),
  );
}

const changed: Readonly<Record<EngineName, readonly string[]>> = {
  sqlite: [`ALTER TABLE ${tokens} ADD COLUMN account VARCHAR(40) NOT NULL DEFAULT 'mine'`],
  postgres: [
    `ALTER TABLE ${tokens} ALTER COLUMN created_at SET DEFAULT now()`,
    `ALTER TABLE ${tokens} ALTER COLUMN scopes TYPE character varying(300) COLLATE "C"`,
    `ALTER TABLE ${tokens} ALTER COLUMN token_type SET DEFAULT 'Bearer'`,
  ],
  mariadb: [
    `UPDATE ${tokens} SET created_at = NOW(), updated_at = NULL`,
    `ALTER TABLE ${tokens} MODIFY created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)`,
    `ALTER TABLE ${tokens} MODIFY updated_at TIMESTAMP NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP`,
    `ALTER TABLE ${tokens} MODIFY scopes VARCHAR(300) CHARACTER SET latin1 COLLATE latin1_german1_ci COMMENT 'it''s'`,
    `ALTER TABLE ${tokens} MODIFY token_type VARCHAR(20) DEFAULT 'Bearer'`,
  ],
};

describeEachEngine('A revert of an adoption', (engine) => {
  it('gives every column its type, width, default and collation back', async () => {
    const dataSource = await legacyDatabase(engine, 'a', changed[engine]);
    const before = await columnsOf(dataSource);
    await runConnectionMigrations(dataSource, quiet());
    await revertConnectionMigration(dataSource, quiet());
    expect(await columnsOf(dataSource)).toEqual(before);
  });

  it('writes fractions in six digits, which the original service reads as microseconds', async () => {
    const dataSource = await legacyDatabase(engine, 'a');
    await runConnectionMigrations(dataSource, quiet());
    await revertConnectionMigration(dataSource, quiet());
    const [{ text }] = await dataSource.query(
      `SELECT CAST(created_at AS CHAR(26)) AS text FROM ${dataSource.getMetadata(ConnectionConfig).tablePath} WHERE name = 'github'`,
    );
    expect(text.trim().padEnd(26, '0')).toBe('2025-11-24 18:22:06.654000');
  });

  it('writes the instants of more rows than are in memory at once', async () => {
    const dataSource = await legacyDatabase(engine, 'b');
    const rows = Array.from(
      { length: 620 },
      (_, index) => `('n-${index}', 'u-ole', 'c-${index}', 'x', '2025-12-01 11:43:13.${100 + index}')`,
    );
    await runInSchema(dataSource, [
      `INSERT INTO ${tokens} (id, user_id, connection_name, access_token_encrypted, expires_at) VALUES ${rows.join(', ')}`,
    ]);
    const path = dataSource.getMetadata(UserConnectionToken).tablePath;
    const expiries = async () => {
      const all: { id: string; at: string }[] = await dataSource.query(
        `SELECT id, CAST(expires_at AS CHAR(26)) AS at FROM ${path} WHERE id LIKE 'n-%' ORDER BY id`,
      );
      return all.map(({ id, at }) => [id, at.slice(0, 23)]);
    };
    const before = await expiries();
    expect(before).toHaveLength(620);
    await runConnectionMigrations(dataSource, quiet());
    await revertConnectionMigration(dataSource, quiet());
    expect(await expiries()).toEqual(before);
  });

  it('and another adoption give what the first gave', async () => {
    const dataSource = await legacyDatabase(engine, 'a', changed[engine]);
    await runConnectionMigrations(dataSource, quiet());
    const facts = async () =>
      (await rowsOf(dataSource, tokens)).map(({ updated_at: _now, created_at: _then, ...row }) => row);
    const before = await facts();
    await revertConnectionMigration(dataSource, quiet());
    await runConnectionMigrations(dataSource, quiet());
    expect(await facts()).toEqual(before);
  });

  it.runIf(engine !== 'sqlite')(
    'is refused, with nothing changed, while a value does not fit any more',
    async () => {
      const narrow =
        engine === 'mariadb'
          ? `ALTER TABLE ${tokens} MODIFY token_type VARCHAR(8)`
          : `ALTER TABLE ${tokens} ALTER COLUMN token_type TYPE VARCHAR(8)`;
      const dataSource = await legacyDatabase(engine, 'a', [narrow]);
      await runConnectionMigrations(dataSource, quiet());
      await runInSchema(dataSource, [`UPDATE ${tokens} SET token_type = 'of another kind' WHERE id = 't-1'`]);
      const before = await rowsOf(dataSource, tokens);
      await expect(revertConnectionMigration(dataSource, quiet())).rejects.toMatchObject({
        code: 'tables_foreign',
        message: expect.stringMatching(/"token_type" of .* has a value that does not fit .* in 1 rows/),
      });
      expect(await rowsOf(dataSource, tokens)).toEqual(before);
    },
  );

  it.each([
    [19, '2025-12-01 20:43:13'],
    [20, '2025-12-01T11:43:13Z'],
    [23, '2025-12-01 20:43:13.000'],
    [24, '2025-12-01T11:43:13.000Z'],
  ])('writes an instant into a text of %i characters in a form that is whole', async (length, text) => {
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} DROP COLUMN created_at`,
      `ALTER TABLE ${tokens} ADD COLUMN created_at VARCHAR(${length})`,
      `UPDATE ${tokens} SET created_at = '2025-12-01 20:43:13' WHERE id <> 't-2'`,
      `ALTER TABLE ${tokens} ADD COLUMN account VARCHAR(7)`,
    ]);
    const inTokyo = { ...quiet(), legacyTimeZone: 'Asia/Tokyo' };
    await runConnectionMigrations(dataSource, inTokyo);
    const adopted = await rowsOf(dataSource, tokens);
    expect(adopted[0]).toMatchObject({ created_at: '2025-12-01T11:43:13.000Z', account: 'default' });
    await revertConnectionMigration(dataSource, inTokyo);
    expect((await rowsOf(dataSource, tokens))[0]).toMatchObject({ created_at: text });
    await runConnectionMigrations(dataSource, inTokyo);
    expect((await rowsOf(dataSource, tokens))[0]).toMatchObject({ created_at: '2025-12-01T11:43:13.000Z' });
  });

  it('is refused, with nothing changed, while an instant has no whole form that fits', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} DROP COLUMN expires_at`,
      `ALTER TABLE ${tokens} ADD COLUMN expires_at VARCHAR(10)`,
      `UPDATE ${tokens} SET expires_at = '2025-12-01' WHERE id = 't-1'`,
    ]);
    await runConnectionMigrations(dataSource, quiet());
    const before = await rowsOf(dataSource, tokens);
    await expect(revertConnectionMigration(dataSource, quiet())).rejects.toMatchObject({
      code: 'tables_foreign',
      message: expect.stringMatching(/"expires_at" of .* has a value that does not fit .* in 1 rows/),
    });
    expect(await rowsOf(dataSource, tokens)).toEqual(before);
  });

  it.runIf(engine !== 'sqlite')('takes a column that is too narrow for our default', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} ADD COLUMN account VARCHAR(4)`,
    ]);
    await runConnectionMigrations(dataSource, quiet());
    expect((await rowsOf(dataSource, tokens))[0]).toMatchObject({ account: 'default' });
  });
});

/**
 * What the catalogue of an engine says of a table is read right: texts are no constraints, and every name has its schema.
 *
 * @module-tag long
 */
import { expect, it } from 'vitest';
import { engineOf } from '../../../src/database/engines';
import { UserConnectionToken } from '../../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine } from '../../setup/database';
import { legacyDatabase, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const tokens = 'user_connection_tokens';
const quiet = () => ({ logger: recordingLogger() });

const likeChecks: Readonly<Record<EngineName, readonly string[]>> = {
  sqlite: [
    `ALTER TABLE ${tokens} ADD COLUMN note TEXT DEFAULT 'it''s CHECK (user_id)'`,
    `ALTER TABLE ${tokens} ADD COLUMN "CHECK (user_id)" TEXT /* CHECK (user_id) */`,
  ],
  postgres: [`ALTER TABLE ${tokens} ADD COLUMN note TEXT DEFAULT 'it''s CHECK (user_id)'`],
  mariadb: [
    `ALTER TABLE ${tokens} ADD COLUMN note VARCHAR(40) DEFAULT 'it''s CHECK (\`user_id\`)'`,
    `ALTER TABLE ${tokens} ADD COLUMN \`CHECK (x)\` VARCHAR(40) COMMENT ' CHECK (\`user_id\`)'`,
  ],
};

describeEachEngine('A table of another program', (engine) => {
  it('is adopted although a default, a comment or a name looks like a CHECK', async () => {
    const dataSource = await legacyDatabase(engine, 'a', likeChecks[engine]);
    await runConnectionMigrations(dataSource, quiet());
    expect((await rowsOf(dataSource, tokens)).map(({ note }) => String(note).slice(0, 10))).toEqual(
      Array.from({ length: 3 }, () => "it's CHECK"),
    );
  });

  it.skipIf(engine === 'sqlite')('is refused for a CHECK of ours beside texts with parentheses', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} ADD CONSTRAINT tidy CHECK (id <> ')' AND user_id <> '(')`,
    ]);
    await expect(runConnectionMigrations(dataSource, quiet())).rejects.toMatchObject({
      code: 'tables_foreign',
      message: expect.stringMatching(/the constraint "tidy" is about column "(id|user_id)"/),
    });
  });

  it('is refused for a generated column, by its name', async () => {
    const kind = engine === 'sqlite' ? 'VIRTUAL' : 'STORED';
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} ADD COLUMN shown VARCHAR(255) GENERATED ALWAYS AS (connection_name) ${kind}`,
    ]);
    await expect(runConnectionMigrations(dataSource, quiet())).rejects.toMatchObject({
      code: 'tables_foreign',
      message: expect.stringContaining('column "shown" is a generated column'),
    });
  });

  it.runIf(engine === 'mariadb')('may have comments that its database cannot encode', async () => {
    const dataSource = await legacyDatabase(engine, 'a');
    await runInSchema(dataSource, [
      `ALTER DATABASE ${String(dataSource.driver.database)} CHARACTER SET latin1`,
      `ALTER TABLE ${tokens} MODIFY scopes TEXT COMMENT '范围'`,
    ]);
    await runConnectionMigrations(dataSource, quiet());
    await revertConnectionMigration(dataSource, quiet());
    const [created] = await dataSource.query(`SHOW CREATE TABLE ${tokens}`);
    expect(created['Create Table']).toContain("COMMENT '范围'");
  });

  it.runIf(engine === 'postgres')(
    'gets its keys back in its schema, whatever the search path is',
    async () => {
      const dataSource = await legacyDatabase(engine, 'a', [
        `ALTER TABLE ${tokens} ADD CONSTRAINT mine UNIQUE (user_id, connection_name)`,
      ]);
      const { tablePath } = dataSource.getMetadata(UserConnectionToken);
      const [schema = ''] = tablePath.split('.');
      const queryRunner = dataSource.createQueryRunner();
      await queryRunner.query(`SET search_path = ${schema}`);
      const { keys } = await engineOf(dataSource).catalogue.shapeOf(queryRunner, tablePath);
      await queryRunner.query('RESET search_path');
      await queryRunner.release();
      expect(keys.find(({ name }) => name === 'mine')?.statement).toContain(`ALTER TABLE ${tablePath} ADD`);
    },
  );
});

/**
 * Indexes of another program: those that are no whole key of ours survive, and never take the place of one.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { engineOf } from '../../../src/database/engines';
import { UserConnectionToken } from '../../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine } from '../../setup/database';
import { legacyDatabase } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const table = 'user_connection_tokens';

const indexes: Readonly<Record<EngineName, Readonly<Record<string, string>>>> = {
  sqlite: {
    'on an expression': `CREATE INDEX odd ON ${table} (lower(user_id))`,
    'on an expression, unique': `CREATE UNIQUE INDEX odd ON ${table} (user_id, connection_name, lower(id))`,
    'partial, unique': `CREATE UNIQUE INDEX odd ON ${table} (user_id, connection_name) WHERE id = 't-1'`,
    'partial, on our key': `CREATE INDEX odd ON ${table} (connection_name, id) WHERE id = 't-1'`,
    descending: `CREATE INDEX odd ON ${table} (connection_name DESC, id)`,
    'without case': `CREATE INDEX odd ON ${table} (connection_name COLLATE NOCASE, id)`,
  },
  postgres: {
    'on an expression': `CREATE INDEX odd ON ${table} (lower(user_id))`,
    'on an expression, unique': `CREATE UNIQUE INDEX odd ON ${table} (user_id, connection_name, lower(id))`,
    'partial, unique': `CREATE UNIQUE INDEX odd ON ${table} (user_id, connection_name) WHERE id = 't-1'`,
    'partial, on our key': `CREATE INDEX odd ON ${table} (connection_name, id) WHERE id = 't-1'`,
    descending: `CREATE INDEX odd ON ${table} (connection_name DESC, id)`,
    'of another kind': `CREATE INDEX odd ON ${table} USING hash (connection_name)`,
  },
  mariadb: {
    'on a prefix': `CREATE INDEX odd ON ${table} (connection_name(3), id)`,
    'on a prefix, unique': `CREATE UNIQUE INDEX odd ON ${table} (connection_name(8), user_id(3), id(3))`,
    'on a prefix of our key, unique': `CREATE UNIQUE INDEX odd ON ${table} (user_id(200), connection_name(200))`,
    'of words': `CREATE FULLTEXT INDEX odd ON ${table} (connection_name)`,
  },
};

async function keysOf(dataSource: DataSource) {
  const queryRunner = dataSource.createQueryRunner();
  const path = dataSource.getMetadata(UserConnectionToken).tablePath;
  const { keys } = await engineOf(dataSource).catalogue.shapeOf(queryRunner, path);
  await queryRunner.release();
  return keys;
}

describeEachEngine('An index of another program', (engine) => {
  it.each(Object.entries(indexes[engine]))('%s, survives and is not taken for ours', async (_, statement) => {
    const dataSource = await legacyDatabase(engine, 'a', [statement]);
    const odd = (await keysOf(dataSource)).find(({ name }) => name === 'odd');
    expect(odd).toMatchObject({ isWhole: false });
    await runConnectionMigrations(dataSource, { logger: recordingLogger() });
    const keys = await keysOf(dataSource);
    expect(keys).toContainEqual(odd);
    const whole = keys.filter(({ isWhole }) => isWhole).map(({ columns }) => columns.join());
    expect(whole).toEqual(expect.arrayContaining(['user_id,connection_name,account', 'connection_name,id']));
    await revertConnectionMigration(dataSource, { logger: recordingLogger() });
    expect(await keysOf(dataSource)).toContainEqual(odd);
  });

  it('is as it was after a revert, as are all others', async () => {
    const dataSource = await legacyDatabase(engine, 'b', []);
    const facts = async () =>
      (await keysOf(dataSource)).map(({ columns, isUnique }) => `${columns.join()} ${isUnique}`).toSorted();
    const before = await facts();
    await runConnectionMigrations(dataSource, { logger: recordingLogger() });
    await revertConnectionMigration(dataSource, { logger: recordingLogger() });
    expect(await facts()).toEqual(before);
  });
});

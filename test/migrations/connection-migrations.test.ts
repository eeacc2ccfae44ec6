import { describe, expect, it } from 'vitest';
import { connectionEntities } from '../../src/entities';
import { connectionMigrations, revertConnectionMigration, runConnectionMigrations } from '../../src/migrations';
import { describeEachEngine, isTypeorm03, testDatabase } from '../setup/database';
import { createRequire } from 'node:module';

describe('the suite', () => {
  it('runs on the TypeORM that the project names', () => {
    const loaded = Object.keys(createRequire(import.meta.url).cache ?? {});
    const has = (name: string) => loaded.some((path) => path.includes(`/node_modules/${name}/data-source/`));
    expect({ '0.3': has('typeorm-0.3'), '1': has('typeorm') }).toEqual({ '0.3': isTypeorm03, '1': !isTypeorm03 });
  });
});

describeEachEngine('runConnectionMigrations', (engine) => {
  it('creates tables that equal the entities in every column, index and constraint', async () => {
    const database = await testDatabase(engine);
    const dataSource = await database.connect();
    const ran = await runConnectionMigrations(dataSource);
    expect(ran).toEqual(['CreateConnectionTables1795305600000']);
    for (const entity of connectionEntities) Object.assign(dataSource.getMetadata(entity), { synchronize: true });
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
  it('does nothing the second time', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    expect(await runConnectionMigrations(dataSource)).toEqual([]);
  });
});

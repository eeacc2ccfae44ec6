/** The tables of a store: made at its start, or only checked. */
import { expect, it } from 'vitest';
import type { MetadataStoreOptions } from '../../src';
import { ConnectionConfig, MetadataStore, runConnectionMigrations } from '../../src';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';
import { Invoice } from '../setup/invoices';
import { statementLogger } from '../setup/statements';
import { config, countRows, logger, storeOptions } from '../setup/store-options';

describeEachEngine('A store that makes its tables', (engine) => {
  const options = async (more: Partial<MetadataStoreOptions> = {}) =>
    storeOptions(await testDatabase(engine), more);

  it('connects, creates, syncs, and starts again with nothing to do', async () => {
    const given = await options();
    const store = await new MetadataStore(given).initialize();
    expect(store.lastSync).toMatchObject({ ok: true, report: { created: ['a', 'b'], committed: true } });
    await store.close();
    const again = await new MetadataStore(given).initialize();
    expect(again.lastSync).toMatchObject({
      ok: true,
      report: { created: [], updated: [], unchanged: ['a', 'b'] },
    });
    await again.close();
  });

  it('sends at most 3 statements beyond connecting when there is nothing to do', async () => {
    const database = await testDatabase(engine);
    const first = await new MetadataStore({
      dataSource: await database.connect(),
      config,
      logger,
    }).initialize();
    await first.close();
    const sent: string[] = [];
    const dataSource = await database.connect({ logging: true, logger: statementLogger(sent) });
    sent.length = 0;
    await new MetadataStore({ dataSource, config, logger }).initialize();
    expect(sent).toHaveLength(3);
  });

  it('checks and says what to run when it may not migrate', async () => {
    const database = await testDatabase(engine);
    const dataSource = await database.connect();
    const checking = new MetadataStore({ dataSource, config, logger, migrations: 'check' });
    await expect(checking.initialize()).rejects.toMatchObject({
      code: 'migrations_pending',
      message: expect.stringContaining('runConnectionMigrations(dataSource)'),
    });
    await runConnectionMigrations(dataSource);
    await checking.initialize();
    expect(await countRows(checking)).toBe(2);
  });

  it('with migrations off touches no table, and says that the tables are missing', async () => {
    const store = await new MetadataStore(await options({ migrations: 'off' })).initialize();
    expect(store.lastSync).toMatchObject({ ok: false, error: { code: 'tables_missing' } });
    await store.close();
  });

  it('adds our entities to options that lack them', async () => {
    const { options: connection } = await testDatabase(engine);
    const store = await new MetadataStore({
      dataSource: { ...connection, entities: [Invoice] },
      config,
    }).initialize();
    expect([store.dataSource.hasMetadata(Invoice), await countRows(store)]).toEqual([true, 2]);
    await store.close();
  });

  it('shares one DataSource with another store that starts at the same time', async () => {
    const dataSource = (await testDatabase(engine)).dataSource();
    const two = declaration({ c: entry() });
    await Promise.all([
      new MetadataStore({ dataSource, config, logger }).initialize(),
      new MetadataStore({ dataSource, config: two, logger, sync: { source: 'two' } }).initialize(),
    ]);
    const rows = await dataSource.getRepository(ConnectionConfig).find({ order: { name: 'ASC' } });
    expect(rows.map(({ name, managedBy }) => [name, managedBy])).toEqual([
      ['a', 'default'],
      ['b', 'default'],
      ['c', 'two'],
    ]);
  });
});

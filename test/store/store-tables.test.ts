/** The tables of a store: made at its start, or only checked, with those of a subclass. */
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import { Column, Entity, PrimaryColumn, Table } from 'typeorm';
import { expect, it } from 'vitest';
import type { CreateAllContext, MetadataStoreOptions } from '../../src';
import { ConnectionConfig, MetadataStore, connectionEntities, runConnectionMigrations } from '../../src';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';
import { recordingLogger } from '../setup/recording-logger';
import { statementLogger } from '../setup/statements';

@Entity({ name: 'invoices', synchronize: false })
class Invoice {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'total', type: 'integer' })
  total!: number;
}

class CreateInvoices1795305600001 implements MigrationInterface {
  async up(queryRunner: QueryRunner) {
    const { tablePath } = queryRunner.manager.getRepository(Invoice).metadata;
    const columns = [
      { name: 'id', type: 'varchar', length: '36', isPrimary: true },
      { name: 'total', type: 'integer' },
    ];
    await queryRunner.createTable(new Table({ name: tablePath, columns }));
  }
  async down(queryRunner: QueryRunner) {
    await queryRunner.dropTable('invoices');
  }
}

class BillingStore extends MetadataStore {
  readonly ran: (readonly string[])[] = [];
  protected override async createAll(context: CreateAllContext) {
    this.ran.push(await context.runMigrations('billing', [CreateInvoices1795305600001]));
  }
}

const config = declaration({ a: entry(), b: entry() });
const entities = [...connectionEntities];
const logger = recordingLogger();
const count = (store: MetadataStore) => store.dataSource.getRepository(ConnectionConfig).count();

describeEachEngine('A store that makes its tables', (engine) => {
  async function options(more: Partial<MetadataStoreOptions> = {}): Promise<MetadataStoreOptions> {
    const { options: connection } = await testDatabase(engine);
    return { dataSource: { ...connection, entities }, config, logger, ...more };
  }

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

  it('runs a subclass’s own migrations once, with its own entities and history', async () => {
    const { options: connection } = await testDatabase(engine);
    const given = { dataSource: { ...connection, entities: [Invoice, ...entities] }, config, logger };
    const store = await new BillingStore(given).initialize();
    await store.dataSource.getRepository(Invoice).insert({ id: '1', total: 7 });
    await store.close();
    await store.initialize();
    expect(store.ran).toEqual([['CreateInvoices1795305600001'], []]);
    expect(await store.dataSource.getRepository(Invoice).findOneBy({ id: '1' })).toEqual({
      id: '1',
      total: 7,
    });
    await store.close();
  });

  it('works with one connection in the pool', async () => {
    const { options: connection } = await testDatabase(engine);
    const dataSource = { ...connection, entities: [Invoice, ...entities], poolSize: 1 } as DataSourceOptions;
    const store = await new BillingStore({ dataSource, config, logger }).initialize();
    expect(await count(store)).toBe(2);
    await store.close();
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
    expect(await count(checking)).toBe(2);
  });

  it('checks a subclass’s own migrations too', async () => {
    const { options: connection } = await testDatabase(engine);
    const given = { dataSource: { ...connection, entities: [Invoice, ...entities] }, config, logger };
    await (await new MetadataStore(given).initialize()).close();
    const checking = new BillingStore({ ...given, migrations: 'check' });
    await expect(checking.initialize()).rejects.toMatchObject({
      code: 'migrations_pending',
      message: expect.stringMatching(/^"BillingStore" .*"CreateInvoices1795305600001"/),
    });
  });

  it('refuses to be started or closed from createAll, and can be synced there', async () => {
    const outcomes: unknown[] = [];
    class Reentering extends MetadataStore {
      protected override async createAll() {
        outcomes.push(await this.initialize().catch((error: { code: string }) => error.code));
        outcomes.push(await this.close().catch((error: { code: string }) => error.code));
        outcomes.push((await this.sync()).created);
      }
    }
    const store = await new Reentering(await options()).initialize();
    expect(outcomes).toEqual(['create_all_reentered', 'create_all_reentered', ['a', 'b']]);
    await store.close();
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
    expect([store.dataSource.hasMetadata(Invoice), await count(store)]).toEqual([true, 2]);
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

  it('initializes once when asked twice at once', async () => {
    const { options: connection } = await testDatabase(engine);
    const given = { dataSource: { ...connection, entities: [Invoice, ...entities] }, config, logger };
    const store = new BillingStore(given);
    const [one, two] = await Promise.all([store.initialize(), store.initialize()]);
    expect([one === store, two === store, store.ran.length]).toEqual([true, true, 1]);
    await store.initialize();
    expect(store.ran.length).toBe(1);
    await store.close();
  });
});

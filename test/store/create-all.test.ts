/** A subclass that makes tables of its own in `createAll`. */
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import { Table } from 'typeorm';
import { expect, it } from 'vitest';
import type { CreateAllContext, MetadataStoreOptions } from '../../src';
import { MetadataStore } from '../../src';
import { describeEachEngine, testDatabase } from '../setup/database';
import { Invoice } from '../setup/invoices';
import { config, countRows, entities, logger, storeOptions } from '../setup/store-options';

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

describeEachEngine('A store with tables of its own', (engine) => {
  const options = async (more: Partial<MetadataStoreOptions> = {}) =>
    storeOptions(await testDatabase(engine), more);

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
    expect(await countRows(store)).toBe(2);
    await store.close();
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
});

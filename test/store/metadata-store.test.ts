import { inspect } from 'node:util';
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import { Column, DataSource, Entity, PrimaryColumn, Table } from 'typeorm';
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

describeEachEngine('MetadataStore', (engine) => {
  async function options(more: Partial<MetadataStoreOptions> = {}): Promise<MetadataStoreOptions> {
    const { options: connection } = await testDatabase(engine);
    return { dataSource: { ...connection, entities }, config, logger, ...more };
  }
  async function started(more: Partial<MetadataStoreOptions> = {}): Promise<MetadataStore> {
    return new MetadataStore(await options(more)).initialize();
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

  it('adds our entities to options that lack them', async () => {
    const { options: connection } = await testDatabase(engine);
    const store = await new MetadataStore({
      dataSource: { ...connection, entities: [Invoice] },
      config,
    }).initialize();
    expect([store.dataSource.hasMetadata(Invoice), await count(store)]).toEqual([true, 2]);
    await store.close();
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

  it('opens a DataSource that it shares with two others once at a time, though the first opening fails', async () => {
    const given = await options({ config: undefined });
    const dataSource = new DataSource(given.dataSource as DataSourceOptions);
    const original = dataSource.initialize.bind(dataSource);
    const openings: string[] = [];
    dataSource.initialize = async () => {
      openings.push('begun');
      const isFirst = openings.length === 1;
      try {
        return isFirst ? await Promise.reject(new Error('no route to host')) : await original();
      } finally {
        openings.push('ended');
      }
    };
    const stores = Array.from({ length: 3 }, () => new MetadataStore({ ...given, dataSource }));
    const outcomes = await Promise.allSettled(stores.map((store) => store.initialize()));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(openings).toEqual(['begun', 'ended', 'begun', 'ended']);
    await Promise.all(stores.map((store) => store.close()));
    expect(dataSource.isInitialized).toBe(false);
  });

  it('closes, and initializes again', async () => {
    const store = await started();
    await store.close();
    expect(store.dataSource.isInitialized).toBe(false);
    await store.close();
    await store.initialize();
    expect(await count(store)).toBe(2);
    await Promise.all([store.close(), store.initialize()]);
    expect(store.dataSource.isInitialized).toBe(true);
    await store.close();
  });

  it('uses the host’s DataSource and closes it only if it opened it', async () => {
    const database = await testDatabase(engine);
    const open = await database.connect();
    const onOpen = await new MetadataStore({ dataSource: open, config, logger }).initialize();
    await onOpen.close();
    const closed = database.dataSource();
    const onClosed = await new MetadataStore({ dataSource: closed, config, logger }).initialize();
    expect(closed.isInitialized).toBe(true);
    await onClosed.close();
    expect([open.isInitialized, closed.isInitialized]).toEqual([true, false]);
  });

  it('can be initialized again after a start that failed, and leaves no connection behind', async () => {
    let fails = true;
    class Flaky extends MetadataStore {
      protected override async createAll() {
        if (fails) throw new Error('not yet');
      }
    }
    const store = new Flaky(await options());
    await expect(store.initialize()).rejects.toMatchObject({ code: 'create_all_failed' });
    expect(store.dataSource.isInitialized).toBe(false);
    fails = false;
    await store.initialize();
    expect(await count(store)).toBe(2);
    await store.close();
  });

  it('goes on when the configuration is wrong, or stops when told to', async () => {
    const wrong = declaration({ a: entry(), b: { ...entry(), url: 'nowhere' } });
    const store = await started({ config: wrong });
    expect(store.lastSync).toMatchObject({ ok: true, report: { created: ['a'], rejected: [{ name: 'b' }] } });
    await store.close();
    const strict = new MetadataStore(await options({ config: wrong, onSyncError: 'throw' }));
    await expect(strict.initialize()).rejects.toMatchObject({
      code: 'sync_incomplete',
      message: expect.stringContaining('mcpServers.b.url'),
    });
    const unset = await options({ config: { env: 'NOWHERE_SET' }, environment: {}, onSyncError: 'throw' });
    await expect(new MetadataStore(unset).initialize()).rejects.toMatchObject({
      code: 'sync_incomplete',
      message: expect.stringContaining('NOWHERE_SET'),
    });
  });

  it('syncs again without a restart, and tells listeners', async () => {
    const store = await started();
    const outcomes: unknown[] = [];
    const stop = store.on('sync', (outcome) => outcomes.push(outcome));
    store.on('sync', () => {
      throw new Error('a listener’s own trouble');
    });
    const report = await store.sync(declaration({ a: entry({ cloud_id: '1' }) }));
    expect([report.updated.length, report.removed]).toEqual([1, [{ name: 'b', action: 'disabled' }]]);
    expect(outcomes).toEqual([{ ok: true, report }]);
    stop();
    expect((await store.sync()).unchanged).toEqual(['a']);
    const before = store.lastSync;
    const mistake = store.sync({ file: 5 } as never);
    await expect(mistake).rejects.toMatchObject({ code: 'option_invalid' });
    expect(store.lastSync).toBe(before);
    expect((await store.sync()).unchanged).toEqual(['a']);
    expect(outcomes).toHaveLength(1);
    await store.close();
  });

  it('keeps the last readable configuration when a reload is unreadable', async () => {
    const store = await started();
    expect((await store.sync('{ broken')).readable).toBe(false);
    expect((await store.registry.get('a')).name).toBe('a');
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

  it('runs syncs one after another, and the last one wins', async () => {
    const store = await started();
    const declared = (cloud_id: string) => declaration({ a: entry({ cloud_id }), b: entry() });
    const reports = await Promise.all(['1', '2', '3'].map((id) => store.sync(declared(id))));
    expect(reports.map(({ updated }) => updated[0]?.changes[0]?.to)).toEqual([
      { cloud_id: '1' },
      { cloud_id: '2' },
      { cloud_id: '3' },
    ]);
    await store.close();
  });

  it('lets a sync wait for the start, and closing wait for a sync', async () => {
    const store = new MetadataStore(await options());
    const starting = store.initialize();
    const syncing = store.sync(declaration({ c: entry() }));
    await starting;
    const closing = store.close();
    expect((await syncing).created).toEqual(['c']);
    await closing;
    expect(store.dataSource.isInitialized).toBe(false);
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

  it('opens again what somebody else destroyed', async () => {
    const store = await started();
    await store.dataSource.destroy();
    await store.initialize();
    expect(await count(store)).toBe(2);
    await store.close();
  });

  it('reads variables from the environment it is given, and keeps and serves the types it is told', async () => {
    const store = await started({
      environment: { PLACE: 'https://from-the-environment.test/' },
      config: declaration({ open: entry({ auth_type: 'none', url: '${PLACE}' }), a: entry() }),
      sync: { authTypes: ['none'] },
    });
    expect((await store.registry.get('open')).url).toBe('https://from-the-environment.test/');
    await expect(store.registry.get('a')).rejects.toMatchObject({ code: 'connection_unknown' });
    expect(await count(store)).toBe(1);
    await store.close();
  });

  it('shows nothing of its configuration when it is printed', async () => {
    const secret = { oauth_config: { client_secret: 'marked-secret' } };
    const store = await started({ config: JSON.stringify(declaration({ a: entry(secret) })) });
    expect(inspect(store, { depth: 10, showHidden: true })).not.toContain('marked-secret');
    await store.close();
  });

  it('leaves fields of a subclass alone, whatever they are called', async () => {
    class Fields extends MetadataStore {
      readonly log = 'mine';
      readonly options = 'mine';
      readonly config = 'mine';
    }
    const store = await new Fields(await options()).initialize();
    expect([await count(store), store.log]).toEqual([2, 'mine']);
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

  it('with migrations off touches no table, and says that the tables are missing', async () => {
    const store = await started({ migrations: 'off' });
    expect(store.lastSync).toMatchObject({ ok: false, error: { code: 'tables_missing' } });
    await store.close();
  });
});

/** How a store whose tables are there is opened, closed, printed and subclassed. */
import { inspect } from 'node:util';
import type { DataSourceOptions } from 'typeorm';
import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import type { MetadataStoreOptions } from '../../src';
import { MetadataStore } from '../../src';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine } from '../setup/database';
import { MigratedDatabase } from '../setup/migrated-database';
import { config, countRows, logger, storeOptions } from '../setup/store-options';

describeEachEngine('MetadataStore', (engine) => {
  const shared = new MigratedDatabase(engine);
  const options = (more: Partial<MetadataStoreOptions> = {}) => storeOptions(shared.database, more);
  const started = (more: Partial<MetadataStoreOptions> = {}) => new MetadataStore(options(more)).initialize();

  it('opens a DataSource that it shares with two others once at a time, though the first opening fails', async () => {
    const given = options({ config: undefined });
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
    expect(await countRows(store)).toBe(2);
    await Promise.all([store.close(), store.initialize()]);
    expect(store.dataSource.isInitialized).toBe(true);
    await store.close();
  });

  it('uses the host’s DataSource and closes it only if it opened it', async () => {
    const { database } = shared;
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
    const store = new Flaky(options());
    await expect(store.initialize()).rejects.toMatchObject({ code: 'create_all_failed' });
    expect(store.dataSource.isInitialized).toBe(false);
    fails = false;
    await store.initialize();
    expect(await countRows(store)).toBe(2);
    await store.close();
  });

  it('opens again what somebody else destroyed', async () => {
    const store = await started();
    await store.dataSource.destroy();
    await store.initialize();
    expect(await countRows(store)).toBe(2);
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
    const store = await new Fields(options()).initialize();
    expect([await countRows(store), store.log]).toEqual([2, 'mine']);
    await store.close();
  });
});

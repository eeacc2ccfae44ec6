/** A store that is opened for its configuration alone: `initialize({ sync: false })`, before, after and beside a sync. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { MetadataStoreOptions } from '../../src';
import { MetadataStore } from '../../src';
import { declaration, entry } from '../setup/declarations';
import type { TestDatabase } from '../setup/database';
import { describeEachEngine, testDatabase } from '../setup/database';
import { MigratedDatabase } from '../setup/migrated-database';
import { recordingLogger } from '../setup/recording-logger';
import { config, countRows, storeOptions } from '../setup/store-options';

const wrong = declaration({ a: entry(), b: entry({ url: 'nowhere' }) });

class Counting extends MetadataStore {
  chains = 0;
  protected override async createAll() {
    this.chains += 1;
  }
}

describeEachEngine('initialize({ sync: false })', (engine) => {
  const shared = new MigratedDatabase(engine);

  function newStore(
    more: Partial<MetadataStoreOptions> = {},
    database: TestDatabase = shared.database,
  ): Counting {
    const store = new Counting(storeOptions(database, more));
    onTestFinished(() => store.close());
    return store;
  }

  it('runs createAll and reads the configuration, and writes no row', async () => {
    const store = newStore({}, await testDatabase(engine));
    const outcomes: unknown[] = [];
    store.on('sync', (outcome) => outcomes.push(outcome));
    expect(await store.initialize({ sync: false })).toBe(store);
    expect((await store.registry.get('a')).name).toBe('a');
    expect([store.chains, await countRows(store), store.lastSync, outcomes]).toEqual([1, 0, undefined, []]);
  });

  it('logs what is wrong with the document', async () => {
    const logger = recordingLogger();
    const store = newStore({ config: wrong, logger });
    await store.initialize({ sync: false });
    expect(logger.lines).toContainEqual(expect.stringMatching(/^error: mcpServers\.b\.url: /));
  });

  it('stops at a document that cannot be read, if onSyncError says so', async () => {
    const store = newStore({ config: { file: '/nowhere/connections.json' }, onSyncError: 'throw' });
    await expect(store.initialize({ sync: false })).rejects.toMatchObject({ code: 'config_unreadable' });
  });

  it('leaves the sync to a later initialize(), which does not open again', async () => {
    const store = newStore();
    await store.initialize({ sync: false });
    await store.initialize();
    expect([store.chains, await countRows(store), store.lastSync?.ok]).toEqual([1, 2, true]);
    await store.initialize({ sync: false });
    expect(await countRows(store)).toBe(2);
  });

  it('leaves the sync to a later sync()', async () => {
    const store = newStore();
    await store.initialize({ sync: false });
    expect((await store.sync()).created).toEqual(['a', 'b']);
  });

  it.each([
    ['before', [{ sync: false }, {}]],
    ['after', [{}, { sync: false }]],
  ])(
    'shares one opening with an initialize() that is called right %s it, and lets that one sync',
    async (_when, calls) => {
      const store = newStore();
      await Promise.all(calls.map((options) => store.initialize(options)));
      expect((await store.registry.list()).length).toBe(2);
      expect([store.chains, await countRows(store), store.lastSync?.ok]).toEqual([1, 2, true]);
    },
  );

  it('keeps the DataSource open when the sync of another call fails, which can be tried again', async () => {
    const store = newStore({ config: wrong, onSyncError: 'throw' });
    const [syncing, looking] = await Promise.allSettled([
      store.initialize(),
      store.initialize({ sync: false }),
    ]);
    expect([syncing.status, looking.status]).toEqual(['rejected', 'fulfilled']);
    expect([store.dataSource.isInitialized, await countRows(store)]).toEqual([true, 1]);
    await expect(store.initialize()).rejects.toMatchObject({ code: 'sync_incomplete' });
    await store.sync(config);
    await store.initialize();
    expect([store.chains, await countRows(store)]).toEqual([1, 2]);
  });

  /** A file with these connections, which a test may write again. */
  function configFile() {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-connections-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'connections.json');
    const write = (...names: string[]) => {
      const entries = Object.fromEntries(names.map((name) => [name, entry()]));
      writeFileSync(file, JSON.stringify(declaration(entries)));
    };
    return { file, write };
  }
  const namesOf = async ({ registry }: MetadataStore) => (await registry.list()).map(({ name }) => name);

  it('reads the configuration again after close(), and once for each opening', async () => {
    const { file, write } = configFile();
    write('a');
    const store = newStore({ config: { file } });
    await store.initialize({ sync: false });
    write('a', 'c');
    await store.initialize({ sync: false });
    expect(await namesOf(store)).toEqual(['a']);
    await store.close();
    await store.initialize({ sync: false });
    expect(await namesOf(store)).toEqual(['a', 'c']);
  });

  it('does not read a configuration that has been synced already', async () => {
    const { file, write } = configFile();
    write('a');
    const store = newStore({ config: { file } });
    await store.initialize();
    write('a', 'c');
    await store.initialize({ sync: false });
    expect(await namesOf(store)).toEqual(['a']);
  });

  it('rejects when the opening fails, and can be called again', async () => {
    let fails = true;
    class Flaky extends MetadataStore {
      protected override async createAll() {
        if (fails) throw new Error('not yet');
      }
    }
    const dataSource = shared.database.options;
    const store = new Flaky({ dataSource, config, logger: recordingLogger() });
    await expect(store.initialize({ sync: false })).rejects.toMatchObject({ code: 'create_all_failed' });
    expect(store.dataSource.isInitialized).toBe(false);
    fails = false;
    await store.initialize({ sync: false });
    expect(await countRows(store)).toBe(0);
    await store.close();
  });
});

/** What once went wrong in production when a host started, each by its story: it must now be impossible, or harmless. */
import { describe, expect, it } from 'vitest';
import type { CreateAllContext } from '../src';
import { ConnectionConfig, MetadataStore, runConnectionMigrations } from '../src';
import { describeEachEngine, testDatabase, withoutDriverWaits } from './setup/database';
import { config, logIn, names } from './setup/deployment';
import { recordingLogger } from './setup/recording-logger';

describeEachEngine('In production', (engine) => {
  const silent = recordingLogger();

  it('a subclass that overrides createAll without super still gets tables and a synced table', async () => {
    class AppStore extends MetadataStore {
      protected override async createAll() {}
    }
    const dataSource = await (await testDatabase(engine)).connect();
    await new AppStore({ dataSource, config, logger: silent }).initialize();
    expect(await names(dataSource)).toEqual(['atlassian', 'github']);
    await logIn(dataSource);
  });

  it('a subclass that calls super finds everything it needs, whatever its constructor does', async () => {
    const found: boolean[] = [];
    class AppStore extends MetadataStore {
      private readonly session = 'made after the base constructor ran';
      protected override async createAll(context: CreateAllContext) {
        await super.createAll(context);
        found.push(this.session.length > 0, context.dataSource.isInitialized);
        await context.dataSource.getRepository(ConnectionConfig).count();
      }
    }
    const dataSource = (await testDatabase(engine)).dataSource();
    await new AppStore({ dataSource, config, logger: silent }).initialize();
    expect(found).toEqual([true, true]);
    expect(await names(dataSource)).toEqual(['atlassian', 'github']);
  });

  it('replicas that start at once on an empty database make one history and each row once', async () => {
    const shared = await testDatabase(engine);
    const noWait = engine === 'sqlite' ? withoutDriverWaits : { poolSize: 1 };
    const stores = Array.from(
      { length: 6 },
      () => new MetadataStore({ dataSource: shared.dataSource(noWait), config, logger: silent }),
    );
    await Promise.all(stores.map((store) => store.initialize()));
    const created = stores.map(({ lastSync }) => (lastSync?.ok ? lastSync.report.created.length : -1));
    expect(created.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 2]);
    const [{ dataSource }] = stores as [MetadataStore];
    expect(await names(dataSource)).toEqual(['atlassian', 'github']);
    expect(await runConnectionMigrations(dataSource)).toEqual([]);
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe('In production', () => {
  it('making a store touches no database', () => {
    const store = new MetadataStore({ dataSource: { type: 'postgres', host: 'nowhere.invalid' }, config });
    expect(store.dataSource.isInitialized).toBe(false);
  });
});

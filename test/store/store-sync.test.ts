/** The syncs of a store, at its start and later. */
import { expect, it } from 'vitest';
import type { MetadataStoreOptions } from '../../src';
import { MetadataStore } from '../../src';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine } from '../setup/database';
import { MigratedDatabase } from '../setup/migrated-database';
import { countRows, storeOptions } from '../setup/store-options';

describeEachEngine('A store', (engine) => {
  const shared = new MigratedDatabase(engine);
  const options = (more: Partial<MetadataStoreOptions> = {}) => storeOptions(shared.database, more);
  const started = (more: Partial<MetadataStoreOptions> = {}) => new MetadataStore(options(more)).initialize();

  it('goes on when the configuration is wrong, or stops when told to', async () => {
    const wrong = declaration({ a: entry(), b: { ...entry(), url: 'nowhere' } });
    const store = await started({ config: wrong });
    expect(store.lastSync).toMatchObject({ ok: true, report: { created: ['a'], rejected: [{ name: 'b' }] } });
    await store.close();
    const strict = new MetadataStore(options({ config: wrong, onSyncError: 'throw' }));
    await expect(strict.initialize()).rejects.toMatchObject({
      code: 'sync_incomplete',
      message: expect.stringContaining('mcpServers.b.url'),
    });
    const unset = options({ config: { env: 'NOWHERE_SET' }, environment: {}, onSyncError: 'throw' });
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
    expect(await countRows(store)).toBe(2);
    await store.close();
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
    const store = new MetadataStore(options());
    const starting = store.initialize();
    const syncing = store.sync(declaration({ c: entry() }));
    await starting;
    const closing = store.close();
    expect((await syncing).created).toEqual(['c']);
    await closing;
    expect(store.dataSource.isInitialized).toBe(false);
  });

  it('reads variables from the environment it is given, and keeps and serves the types it is told', async () => {
    const store = await started({
      environment: { PLACE: 'https://from-the-environment.test/' },
      config: declaration({ open: entry({ auth_type: 'none', url: '${PLACE}' }), a: entry() }),
      sync: { authTypes: ['none'] },
    });
    expect((await store.registry.get('open')).url).toBe('https://from-the-environment.test/');
    await expect(store.registry.get('a')).rejects.toMatchObject({ code: 'connection_unknown' });
    expect(await countRows(store)).toBe(1);
    await store.close();
  });
});

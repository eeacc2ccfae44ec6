/** What every port must do; the in-memory one and the TypeORM one on every engine are held to it. */
import { describe, expect, it } from 'vitest';
import type { ConnectionConfigPort } from '../../src/sync/port';
import type { StoredRow } from '../../src/sync/row';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { declaration, entry, manyEntries, storedRow } from '../setup/declarations';

export interface PortUnderTest {
  readonly port: ConnectionConfigPort;
  /** Puts rows there as somebody else would. */
  readonly put: (rows: readonly StoredRow[]) => Promise<void>;
  /** Makes the next `apply` fail part of the way through, as a dying database would. */
  readonly failOn: (name: string) => Promise<void>;
}

export function portConformance(make: () => Promise<PortUnderTest>): void {
  const at = '2026-03-03T03:03:03.003Z';
  const options = { now: () => new Date(at) };
  const rows = async (port: ConnectionConfigPort) =>
    [...(await port.read(false))].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const counting = () => {
    let next = 0;
    return () => `00000000-0000-4000-8000-${String((next += 1)).padStart(12, '0')}`;
  };

  describe('as a port', () => {
    it('creates rows that read back as they were declared', async () => {
      const { port } = await make();
      const full = entry({
        display_name: 'Atlassian “Jira”',
        description: "it's \\ 100 % ünïcode 🎉",
        transport: 'streamable-http',
        icon_url: 'https://x.test/i.svg',
        cloud_id: '42',
        extra_config: { deep: { list: [1, 'two', null, true] } },
        oauth_config: {
          provider: 'atlassian',
          client_id: 'client',
          client_secret_env: 'ATLASSIAN_SECRET',
          authorize_url: 'https://auth.test/authorize',
          token_url: 'https://auth.test/token',
          redirect_uri: 'https://api.test/callback',
          scopes: ['read', 'offline_access'],
          authorize_params: { audience: 'api' },
        },
      });
      const report = await syncConnectionConfigs(declaration({ full, bare: entry() }), port, {
        ...options,
        newId: counting(),
      });
      expect([report.created, report.committed]).toEqual([['bare', 'full'], true]);
      expect(await rows(port)).toEqual([
        storedRow('bare', entry(), { id: '00000000-0000-4000-8000-000000000001' }),
        storedRow('full', full, { id: '00000000-0000-4000-8000-000000000002' }),
      ]);
    });

    it('writes nothing when nothing differs', async () => {
      const { port } = await make();
      await syncConnectionConfigs(declaration({ a: entry() }), port, options);
      const before = await rows(port);
      const report = await syncConnectionConfigs(declaration({ a: entry() }), port);
      expect([report.unchanged, await rows(port)]).toEqual([['a'], before]);
    });

    it('updates what differs, keeps the id, and touches nothing else', async () => {
      const { port, put } = await make();
      const other = storedRow('other');
      await put([storedRow('a', entry(), { enabled: false }), other]);
      const changed = entry({ cloud_id: 'new' });
      const report = await syncConnectionConfigs(declaration({ a: changed, other: entry() }), port, options);
      expect(report.updated).toEqual([
        { name: 'a', changes: [{ field: 'extraConfig', from: null, to: { cloud_id: 'new' } }] },
      ]);
      expect(await rows(port)).toEqual([storedRow('a', changed, { enabled: false }), other]);
    });

    it('sets `enabled` in the rows whose entry says so and only there', async () => {
      const { port, put } = await make();
      await put([storedRow('a', entry(), { enabled: false }), storedRow('b', entry(), { enabled: false })]);
      const newUrl = 'https://new.test/';
      await syncConnectionConfigs(
        declaration({ a: entry({ enabled: true }), b: entry({ url: newUrl }) }),
        port,
        options,
      );
      expect(
        (await rows(port)).map(({ name, enabled, url }) => ({ name, enabled, moved: url === newUrl })),
      ).toEqual([
        { name: 'a', enabled: true, moved: false },
        { name: 'b', enabled: false, moved: true },
      ]);
    });

    it('takes over rows that nobody owns and leaves rows of others as they are', async () => {
      const { port, put } = await make();
      const theirs = storedRow('theirs', entry(), { managedBy: 'crm' });
      const orphan = storedRow('orphan', entry(), { managedBy: null });
      await put([storedRow('free', entry(), { managedBy: null }), theirs, orphan]);
      const report = await syncConnectionConfigs(
        declaration({ free: entry(), theirs: entry({ url: 'https://mine.test' }) }),
        port,
        options,
      );
      expect([report.adopted, report.conflicts]).toEqual([
        [{ name: 'free', changes: [] }],
        [{ name: 'theirs', managedBy: 'crm' }],
      ]);
      expect(await rows(port)).toEqual([storedRow('free'), orphan, theirs]);
    });

    it('marks, keeps or deletes what is no longer declared, as it is told', async () => {
      const { port, put } = await make();
      await put([storedRow('gone'), storedRow('here')]);
      const here = declaration({ here: entry() });
      expect((await syncConnectionConfigs(here, port, { ...options, onRemoved: 'keep' })).removed).toEqual(
        [],
      );
      expect((await syncConnectionConfigs(here, port, options)).removed).toEqual([
        { name: 'gone', action: 'disabled' },
      ]);
      expect(await rows(port)).toEqual([storedRow('gone', entry(), { removedAt: at }), storedRow('here')]);
      const gone = await syncConnectionConfigs(here, port, { ...options, onRemoved: 'delete' });
      expect([gone.removed, await rows(port)]).toEqual([
        [{ name: 'gone', action: 'deleted' }],
        [storedRow('here')],
      ]);
    });

    it('applies all or nothing', async () => {
      const { port, put, failOn } = await make();
      const before = [storedRow('a'), storedRow('z')];
      await put(before);
      await failOn('m');
      const wanted = declaration({
        a: entry({ cloud_id: '1' }),
        b: entry(),
        m: entry(),
        z: entry({ cloud_id: '1' }),
      });
      await expect(syncConnectionConfigs(wanted, port, options)).rejects.toThrow();
      expect(await rows(port)).toEqual(before);
    });

    it.each(['', 's'.repeat(256), 'nul\0', 'half \ud800'])(
      'refuses a source that its column cannot hold',
      async (source) => {
        const { port } = await make();
        await expect(
          syncConnectionConfigs(declaration({ a: entry() }), port, { source }),
        ).rejects.toMatchObject({
          code: 'source_invalid',
        });
        expect(await rows(port)).toEqual([]);
      },
    );

    it('refuses to overwrite, mark or delete a row that changed since it was read', async () => {
      const { port, put } = await make();
      const stored = storedRow('a');
      await put([stored]);
      const seen = { ...stored, url: 'https://earlier.test/' };
      const none = { source: 'default', insert: [], overwrite: [], disable: [], delete: [], at };
      const row = { ...stored, url: 'https://late.test/' };
      expect([
        await port.apply({ ...none, overwrite: [{ row, stored: seen }] }),
        await port.apply({ ...none, disable: [seen] }),
        await port.apply({ ...none, delete: [seen] }),
        await port.apply({ ...none, insert: [{ id: 'late', row }] }),
      ]).toEqual([false, false, false, false]);
      expect(await rows(port)).toEqual([stored]);
    });

    it('plans again when somebody else got in between, and then finds nothing to do', async () => {
      const { port, put } = await make();
      let raced = false;
      const racing: ConnectionConfigPort = {
        inHostTransaction: port.inHostTransaction,
        read: (again) => port.read(again),
        async apply(writes) {
          if (!raced) await put([storedRow('a')]);
          raced = true;
          return port.apply(writes);
        },
      };
      const report = await syncConnectionConfigs(declaration({ a: entry() }), racing, options);
      expect([report.created, report.unchanged, await rows(port)]).toEqual([[], ['a'], [storedRow('a')]]);
    });

    it('keeps 10,000 entries', { tags: ['long'] }, async () => {
      const { port } = await make();
      const count = 10_000;
      const first = await syncConnectionConfigs(manyEntries(count), port, options);
      const changed = manyEntries(count, (index) => (index % 100 === 0 ? { cloud_id: 'new' } : {}));
      const second = await syncConnectionConfigs(changed, port, options);
      const third = await syncConnectionConfigs(changed, port, options);
      expect([first.created.length, second.updated.length, third.unchanged.length]).toEqual([
        count,
        100,
        count,
      ]);
    });
  });
}

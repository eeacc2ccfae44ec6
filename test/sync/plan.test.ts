import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import { InMemoryConnectionConfigs } from '../../src/testing/in-memory-connection-configs';
import type { SyncPlanOptions } from '../../src/sync/plan';
import { isEmptyPlan, planConnectionSync } from '../../src/sync/plan';
import type { StoredRow } from '../../src/sync/row';
import { declaredRow } from '../../src/sync/row';
import { writesOf } from '../../src/sync/sync';
import { declaration, entry, storedRow } from '../setup/declarations';

const later = '2026-02-02T00:00:00.000Z';
const plan = (entries: Record<string, JsonObject>, stored: readonly StoredRow[], options?: SyncPlanOptions) =>
  planConnectionSync(parseConnections(declaration(entries)), stored, options);
const names = (things: readonly { name: string }[]) => things.map(({ name }) => name);

describe('planConnectionSync', () => {
  it('creates what is declared and not stored, in the order of names', () => {
    expect(names(plan({ b: entry(), a: entry() }, []).create)).toEqual(['a', 'b']);
  });

  it('says of each changed field what it was and what it becomes', () => {
    const before = entry({ cloud_id: 'old', oauth_config: { client_id: 'c1', scopes: 'read' } });
    const after = entry({ cloud_id: 'new', oauth_config: { client_id: 'c1', scopes: ['read', 'write'] } });
    expect(
      plan({ a: after }, [storedRow('a', before)]).update.map(({ name, changes }) => ({ name, changes })),
    ).toEqual([
      {
        name: 'a',
        changes: [
          { field: 'oauthScopes', from: 'read', to: 'read write' },
          { field: 'extraConfig', from: { cloud_id: 'old' }, to: { cloud_id: 'new' } },
        ],
      },
    ]);
  });

  it('updates a row whose headers or origins differ, and names no secret', () => {
    const api_origins = ['https://api.test'];
    const before = entry({ api_origins, headers: { 'X-Cloud-Id': '1', 'X-Api-Key': '${KEY}' } });
    const after = entry({ api_origins, headers: { 'X-Cloud-Id': '2', 'X-Api-Key': { file: '/key' } } });
    const from = { api_origins, headers: { 'X-Cloud-Id': '1', 'X-Api-Key': { env: 'KEY' } } };
    const to = { api_origins, headers: { 'X-Cloud-Id': '2', 'X-Api-Key': { file: '/key' } } };
    const changesOf = (declared: JsonObject) =>
      plan({ a: declared }, [storedRow('a', before)]).update.flatMap(({ changes }) => changes);
    expect(changesOf(before)).toEqual([]);
    expect(changesOf(after)).toEqual([{ field: 'oauthOptions', from, to }]);
    expect(changesOf({ ...before, api_origins: [] })).toEqual([
      { field: 'oauthOptions', from, to: { headers: from.headers } },
    ]);
    expect(changesOf(entry())).toEqual([{ field: 'oauthOptions', from, to: null }]);
  });

  it('finds nothing to do when only the spacing or the order of keys in a JSON column differs', () => {
    const stored = storedRow('a', entry(), { extraConfig: '{ "y": 2,\n "x": 1 }' });
    expect(isEmptyPlan(plan({ a: entry({ extra_config: { x: 1, y: 2 } }) }, [stored]))).toBe(true);
  });

  it('mends a JSON column that was edited into something that is not JSON', () => {
    const { update } = plan({ a: entry() }, [storedRow('a', entry(), { extraConfig: 'oops' })]);
    expect(update[0]?.changes).toEqual([{ field: 'extraConfig', from: 'oops', to: null }]);
  });

  it('leaves an operator’s switch alone unless the entry says `enabled`', () => {
    const off = storedRow('a', entry(), { enabled: false });
    expect(isEmptyPlan(plan({ a: entry() }, [off]))).toBe(true);
    expect(plan({ a: entry({ enabled: true }) }, [off]).update[0]?.changes).toEqual([
      { field: 'enabled', from: false, to: true },
    ]);
  });

  it('takes over a row that nobody owns, and says what differed', () => {
    const { adopt } = plan({ a: entry() }, [
      storedRow('a', entry({ transport: 'http' }), { managedBy: null }),
    ]);
    expect(adopt.map(({ name, changes }) => ({ name, changes }))).toEqual([
      { name: 'a', changes: [{ field: 'transport', from: 'streamable-http', to: 'sse' }] },
    ]);
  });

  it('reports a row of another source as a conflict and plans nothing for it', () => {
    const result = plan({ a: entry({ url: 'https://other.test' }) }, [
      storedRow('a', entry(), { managedBy: 'crm' }),
    ]);
    expect([result.conflicts, isEmptyPlan(result)]).toEqual([[{ name: 'a', managedBy: 'crm' }], true]);
  });

  it('marks a row removed once, and clears the mark when the declaration comes back', () => {
    const keep = { keep: entry() };
    const rows = [storedRow('keep'), storedRow('gone')];
    expect(plan(keep, rows).remove).toEqual([{ stored: rows[1], action: 'disabled' }]);
    const marked = storedRow('gone', entry(), { removedAt: later });
    expect(isEmptyPlan(plan(keep, [storedRow('keep'), marked]))).toBe(true);
    expect(plan({ ...keep, gone: entry() }, [storedRow('keep'), marked]).update[0]?.changes).toEqual([
      { field: 'removedAt', from: later, to: null },
    ]);
  });

  it.each([
    ['delete', [{ name: 'gone', action: 'deleted' }], []],
    ['keep', [], [{ name: 'gone', reason: 'removed_rows_are_kept' }]],
  ] as const)('with onRemoved %s does what it says', (onRemoved, removed, withheld) => {
    const result = plan({ keep: entry() }, [storedRow('keep'), storedRow('gone')], { onRemoved });
    expect(result.remove.map(({ stored, action }) => ({ name: stored.name, action }))).toEqual(removed);
    expect(result.withheld).toEqual(withheld);
  });

  it('with onChanged keep only creates', () => {
    const result = plan(
      { a: entry({ url: 'https://new.test' }), b: entry(), c: entry() },
      [storedRow('a'), storedRow('c', entry(), { managedBy: null })],
      { onChanged: 'keep' },
    );
    expect([names(result.create), result.update, result.adopt]).toEqual([['b'], [], []]);
    expect(names(result.withheld)).toEqual(['a', 'c']);
  });

  it('removes nothing for an empty configuration, unless that is allowed', () => {
    const rows = [storedRow('a')];
    expect(plan({}, rows).withheld).toEqual([{ name: 'a', reason: 'nothing_declared' }]);
    expect(isEmptyPlan(plan({}, rows))).toBe(true);
    expect(plan({}, rows, { allowEmpty: true }).remove).toEqual([{ stored: rows[0], action: 'disabled' }]);
  });

  it('removes nothing for an unreadable configuration, even where an empty one is allowed', () => {
    const result = planConnectionSync(parseConnections('{ not json'), [storedRow('a')], { allowEmpty: true });
    expect([isEmptyPlan(result), names(result.withheld)]).toEqual([true, ['a']]);
  });

  it('leaves the row of a rejected entry as it stands', () => {
    expect(
      isEmptyPlan(plan({ a: { ...entry(), url: 'ftp://x' }, b: entry() }, [storedRow('a'), storedRow('b')])),
    ).toBe(true);
  });

  it('keeps only the auth types it is told to', () => {
    const entries = { a: entry(), b: entry({ auth_type: 'none' }) };
    expect(names(plan(entries, []).create)).toEqual(['a']);
    const others = parseConnections(declaration(entries), { authTypes: ['none'] });
    expect(names(planConnectionSync(others, []).create)).toEqual(['b']);
  });
});

describe('planConnectionSync, for any declaration and any table', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const anyEntry = fc
    .record({
      url: fc.constantFrom('https://one.test/', 'https://two.test/'),
      description: fc.constantFrom('x', 'y'),
      cloud_id: fc.constantFrom('1', '2'),
      enabled: fc.constantFrom(undefined, true, false),
      scopes: fc.constantFrom('read', 'read write'),
    })
    .map(({ scopes, enabled, ...rest }) =>
      entry({ ...rest, oauth_config: { scopes }, ...(enabled !== undefined && { enabled }) }),
    );
  const anyEntries = fc.dictionary(name, anyEntry, { minKeys: 1 });
  const anyRow = fc
    .record({
      name,
      declared: anyEntry,
      managedBy: fc.constantFrom('default', null, 'other'),
      removedAt: fc.constantFrom(null, later),
      enabled: fc.boolean(),
    })
    .map(({ name: called, declared, ...rest }) => storedRow(called, declared, rest));
  const anyTable = fc.uniqueArray(anyRow, { selector: (row) => row.name });
  const anyOptions = fc.record({ onRemoved: fc.constantFrom('disable' as const, 'delete' as const) });

  async function applied(entries: Record<string, JsonObject>, stored: StoredRow[], options: SyncPlanOptions) {
    const port = new InMemoryConnectionConfigs(stored);
    let next = 0;
    const written = await port.apply(writesOf(plan(entries, stored, options), later, () => `new-${next++}`));
    expect(written).toBe(true);
    return [...(await port.read())].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
  const withoutBookkeeping = ({ id: _id, ...row }: StoredRow) => row;

  it('applying the plan gives the declared rows, and keeps each id', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, anyTable, anyOptions, async (entries, stored, options) => {
        const after = await applied(entries, stored, options);
        const foreign = new Set(
          stored.filter(({ managedBy }) => managedBy === 'other').map((row) => row.name),
        );
        const before = new Map(stored.map((row) => [row.name, row]));
        for (const definition of parseConnections(declaration(entries)).connections.values()) {
          if (foreign.has(definition.name)) continue;
          const row = after.find((candidate) => candidate.name === definition.name);
          const enabled = definition.enabled ?? before.get(definition.name)?.enabled ?? true;
          expect(row && withoutBookkeeping(row)).toEqual({
            ...declaredRow(definition),
            enabled,
            managedBy: 'default',
            removedAt: null,
          });
          expect(row?.id).toBe(before.get(definition.name)?.id ?? row?.id);
        }
      }),
    );
  });

  it('planning again gives nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, anyTable, anyOptions, async (entries, stored, options) => {
        expect(isEmptyPlan(plan(entries, await applied(entries, stored, options), options))).toBe(true);
      }),
    );
  });

  it('the order of entries and of rows does not matter', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, anyTable, anyOptions, async (entries, stored, options) => {
        const turned = Object.fromEntries(Object.entries(entries).toReversed());
        expect(plan(turned, [...stored].toReversed(), options)).toEqual(plan(entries, stored, options));
      }),
    );
  });

  it('rows of nobody that are not declared, and rows of another source, are never touched', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, anyTable, anyOptions, async (entries, stored, options) => {
        const after = new Map((await applied(entries, stored, options)).map((row) => [row.name, row]));
        const others = stored.filter(
          (row) => row.managedBy === 'other' || (row.managedBy === null && !entries[row.name]),
        );
        for (const row of others) expect(after.get(row.name)).toEqual(row);
      }),
    );
  });

  it('a hand-made `enabled: false` survives unless the entry says otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, anyTable, async (entries, stored) => {
        const after = await applied(entries, stored, {});
        for (const row of after) {
          const wasOff = stored.some((before) => before.name === row.name && !before.enabled);
          if (wasOff && entries[row.name]?.['enabled'] !== true) expect(row.enabled).toBe(false);
        }
      }),
    );
  });
});

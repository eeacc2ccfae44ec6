/** Many who want rows at once, on every engine: who gets what, how many queries it takes, and who is told when it hangs. */
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/database/engine';
import { engineOf } from '../../src/database/engine';
import type { LookupQuery } from '../../src/database/lookup';
import { Lookup } from '../../src/database/lookup';
import { describeEachEngine, testDatabase } from '../setup/database';

describeEachEngine('Lookup', (engine) => {
  const cleanUps: (() => Promise<void>)[] = [];
  let dataSource: DataSource;
  beforeAll(async () => {
    const database = await testDatabase(engine, (cleanUp) => cleanUps.push(cleanUp));
    dataSource = await database.connect();
    const { schema } = database.options as { schema?: string };
    table = schema === undefined ? 'things' : `${schema}.things`;
    await dataSource.query(`CREATE TABLE ${table} (owner varchar(50), name varchar(50), value varchar(50))`);
    const values = Array.from({ length: 300 }, (_, index) => `('o${index}', 'n${index % 7}', 'v${index}')`);
    await dataSource.query(`INSERT INTO ${table} VALUES ${values.join(', ')}, ('o1', 'n1', 'second of o1')`);
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  let table = 'things';
  const query = (key: readonly string[], isPrepared = true): LookupQuery => ({
    select: `SELECT t.owner, t.name, t.value FROM ${table} t`,
    key: key.map((column) => `t.${column}`),
    isPrepared,
  });
  const lookup = (key: readonly string[], isPrepared?: boolean) =>
    new Lookup(dataSource, engineOf(dataSource), query(key, isPrepared), 5_000);

  it.each([true, false])(
    'gives each what is its own, however many ask at once (prepared: %s)',
    async (isPrepared) => {
      const things = lookup(['owner', 'name'], isPrepared);
      const asked = Array.from({ length: 300 }, (_, index) => things.find([`o${index}`, `n${index % 7}`]));
      const found = await Promise.all(asked);
      expect(found[0]).toEqual([['o0', 'n0', 'v0']]);
      expect(found[299]).toEqual([['o299', 'n5', 'v299']]);
      expect(found[1]?.map(([, , value]) => value).toSorted()).toEqual(['second of o1', 'v1']);
      expect(await things.find(['o5', 'n0'])).toEqual([]);
    },
  );

  it('takes no key for another: not by case, not by spaces, not where one part ends', async () => {
    const things = lookup(['owner', 'name']);
    const keys = [
      ['O1', 'n1'],
      ['o1 ', 'n1'],
      ['o1n', '1'],
      ['', 'o1n1'],
    ];
    expect(await Promise.all(keys.map((key) => things.find(key)))).toEqual([[], [], [], []]);
  });

  it('finds by one column as well', async () => {
    expect(await lookup(['owner']).find(['o1'])).toHaveLength(2);
  });

  it('tells everybody who asked when the table is not there', async () => {
    const broken = { ...query(['owner']), select: `SELECT t.owner FROM ${table}_gone t` };
    const things = new Lookup(dataSource, engineOf(dataSource), broken, 5_000);
    const codes = await Promise.all(
      ['a', 'b', 'c'].map((key) => things.find([key]).catch((error: { code: string }) => error.code)),
    );
    expect(codes).toEqual(['tables_missing', 'tables_missing', 'tables_missing']);
  });
});

describe('Lookup over a server that is slow', () => {
  const slow = () => {
    const queries: { readonly keys: readonly (readonly string[])[]; readonly answer: () => void }[] = [];
    const engine = {
      label: 'Slow',
      failure: () => 'other',
      find: (_dataSource: unknown, _query: unknown, keys: readonly (readonly string[])[]) =>
        new Promise((resolve) => queries.push({ keys, answer: () => resolve(keys) })),
    } as unknown as Engine;
    const query: LookupQuery = { select: '', key: ['k'], isPrepared: false };
    return { queries, lookup: (timeoutMs: number) => new Lookup({} as DataSource, engine, query, timeoutMs) };
  };

  it('puts those who come meanwhile into one query, each key once', async () => {
    const { queries, lookup } = slow();
    const things = lookup(5_000);
    const asked = ['a', 'b', 'c', 'b'].map((key) => things.find([key]));
    expect(queries.map(({ keys }) => keys)).toEqual([[['a']]]);
    queries[0]?.answer();
    await asked[0];
    await new Promise(setImmediate);
    expect(queries[1]?.keys).toEqual([['b'], ['c']]);
    queries[1]?.answer();
    expect(await Promise.all(asked)).toEqual([[['a']], [['b']], [['c']], [['b']]]);
  });

  it('says so to all who wait when it hangs, and never takes more than two connections', async () => {
    const { queries, lookup } = slow();
    const things = lookup(20);
    const codeOf = (key: string) => things.find([key]).catch((error: { code: string }) => error.code);
    expect(await Promise.all([codeOf('a'), codeOf('b'), codeOf('c')])).toEqual(
      Array(3).fill('database_busy'),
    );
    expect(await Promise.all([codeOf('d'), codeOf('e')])).toEqual(Array(2).fill('database_busy'));
    expect(queries).toHaveLength(2);
    for (const { answer } of queries) answer();
    await new Promise(setImmediate);
    const again = things.find(['f']);
    queries[2]?.answer();
    expect(await again).toEqual([['f']]);
  });
});

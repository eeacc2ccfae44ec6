/** Many who want rows at once, on every engine: who gets what, how many queries it takes, and who is told when it hangs. */
import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../setup/eventually';
import type { Database } from '../../src/database/engine';
import { databaseOn } from '../../src/database/engines';
import { NoAnswer } from '../../src/database/failure';
import type { KeyedQuery } from '../../src/database/keyed-rows';
import { Lookup } from '../../src/database/lookup';
import { atEndOfTests } from '../setup/at-end';
import { pause } from '../../src/pauses';
import { describeEachEngine, testDatabase } from '../setup/database';

describeEachEngine('Lookup', (engine) => {
  const atEnd = atEndOfTests();
  let dataSource: DataSource;
  beforeAll(async () => {
    const database = await testDatabase(engine, atEnd);
    dataSource = await database.connect();
    const { schema } = database.options as { schema?: string };
    table = schema === undefined ? 'things' : `${schema}.things`;
    await dataSource.query(`CREATE TABLE ${table} (owner varchar(50), name varchar(50), value varchar(50))`);
    const values = Array.from({ length: 300 }, (_, index) => `('o${index}', 'n${index % 7}', 'v${index}')`);
    await dataSource.query(`INSERT INTO ${table} VALUES ${values.join(', ')}, ('o1', 'n1', 'second of o1')`);
  });

  let table = 'things';
  const query = (key: readonly string[]): KeyedQuery => ({
    select: `SELECT t.owner, t.name, t.value FROM ${table} t`,
    key: key.map((column) => `t.${column}`),
    keyAt: key.map((column) => ['owner', 'name', 'value'].indexOf(column)),
  });
  const database = (isPrepared = true) => databaseOn(dataSource, { timeoutMs: 5_000, isPrepared });
  const lookup = (key: readonly string[], isPrepared?: boolean) =>
    new Lookup(database(isPrepared), query(key));

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

  it('takes no key for another where the key stands in the lines of one column', async () => {
    const {
      engine: { dialect },
    } = database();
    const lines = dialect.lines(['t.owner', 't.name', 't.value']);
    const things = new Lookup(database(), {
      ...query(['owner', 'name']),
      select: `SELECT ${lines} FROM ${table} t`,
      keyAt: 0,
    });
    expect(await things.find(['o5', 'n5'])).toEqual([['o5\nn5\nv5']]);
    const keys = Array.from({ length: 40 }, (_, index) => [`o${index}`, `n${index % 7}`]);
    const strange = [
      ['O5', 'n5'],
      ['o5 ', 'n5'],
      ['o5', 'n'],
      ['', 'o5'],
    ];
    const found = await Promise.all([...strange, ...keys.slice(2)].map((one) => things.find(one)));
    expect(found.slice(0, strange.length)).toEqual(strange.map(() => []));
    expect(found.slice(strange.length)).toEqual(
      keys.slice(2).map(([owner, name]) => [[`${owner}\n${name}\nv${owner?.slice(1)}`]]),
    );
  });

  it('finds a key of one part in the first line of a column', async () => {
    const lines = database().engine.dialect.lines(['t.value', 't.name']);
    const select = `SELECT ${lines} FROM ${table} t`;
    const things = new Lookup(database(), { ...query(['value']), select, keyAt: 0 });
    const found = await Promise.all(['v5', 'v', 'v6'].map((value) => things.find([value])));
    expect(found).toEqual([[['v5\nn5']], [], [['v6\nn6']]]);
  });

  it('finds by one column as well, and by columns in any order', async () => {
    expect(await lookup(['owner']).find(['o1'])).toHaveLength(2);
    expect(await lookup(['value']).find(['v2'])).toEqual([['o2', 'n2', 'v2']]);
    const swapped = lookup(['name', 'owner']);
    const asked = [swapped.find(['n1', 'o1']), swapped.find(['n2', 'o2']), swapped.find(['n3', 'o3'])];
    expect((await Promise.all(asked)).map((rows) => rows.length)).toEqual([2, 1, 1]);
  });

  it('gives rows at once where the driver is synchronous', async () => {
    const found = lookup(['owner']).findAtOnce(['o2']);
    expect(found instanceof Promise).toBe(database().session.readNow === undefined);
    expect(await found).toEqual([['o2', 'n2', 'v2']]);
  });

  it('tells everybody who asked when the table is not there', async () => {
    const broken = { ...query(['owner']), select: `SELECT t.owner FROM ${table}_gone t` };
    const things = new Lookup(database(), broken);
    const codes = await Promise.all(
      ['a', 'b', 'c'].map((key) => things.find([key]).catch((error: { code: string }) => error.code)),
    );
    expect(codes).toEqual(['tables_missing', 'tables_missing', 'tables_missing']);
  });
});

describe('Lookup over a server that is slow', () => {
  const slow = () => {
    interface Query {
      readonly keys: readonly (readonly string[])[];
      readonly answer: () => void;
      readonly fail: () => void;
    }
    const queries: Query[] = [];
    const dialect = { lookup: (_query: unknown, keys: unknown) => ({ sql: '', parameters: keys }) };
    const read = ({ parameters: keys }: { parameters: readonly (readonly string[])[] }) =>
      new Promise((resolve, reject) =>
        queries.push({ keys, answer: () => resolve(keys), fail: () => reject(new NoAnswer(20)) }),
      );
    const engine = { label: 'Slow', failure: () => 'other', dialect };
    const query: KeyedQuery = { select: '', key: ['k'], keyAt: [0] };
    return { queries, things: new Lookup({ engine, session: { read } } as unknown as Database, query) };
  };
  const nextTurn = () => new Promise(setImmediate);

  it('puts those who come meanwhile into one query, each key once', async () => {
    const { queries, things } = slow();
    const asked = ['a', 'b', 'c', 'b'].map((key) => things.find([key]));
    expect(queries.map(({ keys }) => keys)).toEqual([[['a']]]);
    queries[0]?.answer();
    await asked[0];
    await nextTurn();
    expect(queries[1]?.keys).toEqual([['b'], ['c']]);
    queries[1]?.answer();
    expect(await Promise.all(asked)).toEqual([[['a']], [['b']], [['c']], [['b']]]);
  });

  it('rejects those whose query was given up, and sends another for those who wait', async () => {
    const { queries, things } = slow();
    const codeOf = (key: string) => things.find([key]).catch((error: { code: string }) => error.code);
    const [first, waiting] = [codeOf('a'), things.find(['b'])];
    queries[0]?.fail();
    expect(await first).toBe('database_busy');
    await nextTurn();
    queries[1]?.answer();
    expect(await waiting).toEqual([['b']]);
  });

  it('rejects all who were waiting before a query that was given up, without a query for each 64 of them', async () => {
    const { queries, things } = slow();
    const codeOf = (key: string) => things.find([key]).catch((error: { code: string }) => error.code);
    const early = Array.from({ length: 300 }, (_, index) => codeOf(`k${index}`));
    queries[0]?.fail();
    await early[0];
    await nextTurn();
    const late = things.find(['late']);
    for (const { fail } of queries.slice(1)) fail();
    expect(new Set(await Promise.all(early))).toEqual(new Set(['database_busy']));
    await nextTurn();
    const answered = queries.length;
    queries.at(-1)?.answer();
    expect(await late).toEqual([['late']]);
    expect(answered).toBeLessThan(5);
  });

  /**
   * Answers all queries that are under way, and then those that they have led to, until there are none.
   * @returns how many there were in each round
   */
  const answerInRounds = async (queries: ReturnType<typeof slow>['queries']) => {
    const rounds: number[] = [];
    for (let answered = 0; answered < queries.length;) {
      const unanswered = queries.slice(answered);
      rounds.push(unanswered.length);
      for (const { answer } of unanswered) answer();
      answered += unanswered.length;
      await nextTurn();
      await nextTurn();
    }
    return rounds;
  };

  /** Callers who ask again as soon as they are answered; the oldest query is answered each time. */
  const queriesOf = async (callers: number) => {
    // However long this process is held up, no query is overdue.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { queries, things } = slow();
    const times = 20;
    const asked = Array.from({ length: callers }, async (_, caller) => {
      for (let time = 0; time < times; time += 1) await things.find([`${caller} for the ${time}th time`]);
    });
    const sent: { readonly keys: number; readonly atOnce: number }[] = [];
    for (let answered = 0; answered < queries.length; answered += 1) {
      sent.push({ keys: queries[answered]?.keys.length ?? 0, atOnce: queries.length - answered });
      queries[answered]?.answer();
      await nextTurn();
      await nextTurn();
    }
    await Promise.all(asked);
    expect(sent.reduce((sum, { keys }) => sum + keys, 0)).toBe(callers * times);
    return sent;
  };

  it.each([16, 17, 32, 33, 90, 99, 127])(
    'divides %i callers who keep asking between two queries that take turns',
    async (callers) => {
      const settled = (await queriesOf(callers)).slice(6, -6);
      expect(settled.length).toBeGreaterThan(12);
      expect(new Set(settled.map(({ atOnce }) => atOnce))).toEqual(new Set([2]));
      for (const { keys } of settled) expect(Math.abs(keys - callers / 2)).toBeLessThan(3);
    },
  );

  it('reads for fewer than sixteen callers with one query at a time', async () => {
    const settled = (await queriesOf(15)).slice(3, -3);
    expect(settled.every(({ keys, atOnce }) => keys === 15 && atOnce === 1)).toBe(true);
  });

  it.each([33, 64, 100])('answers %i callers who each ask once within two rounds', async (callers) => {
    const { queries, things } = slow();
    const asked = Array.from({ length: callers }, (_, caller) => things.find([`of ${caller}`]));
    const rounds = await answerInRounds(queries);
    expect(await Promise.all(asked)).toHaveLength(callers);
    expect(rounds.length).toBeLessThanOrEqual(2);
  });

  it.each([
    ['other keys', (key: string) => `${key} again`],
    ['one key', () => 'the same'],
  ])('sends the next query as soon as all who were answered have asked for %s', async (_keys, next) => {
    const { queries, things } = slow();
    const again = ['a', 'b', 'c'].map(async (key) => {
      await things.find([key]);
      return things.find([next(key)]);
    });
    queries[0]?.answer();
    await nextTurn();
    queries[1]?.answer();
    // Before the turn ends: reactions of promises alone.
    for (let reaction = 0; reaction < 20; reaction += 1) await Promise.resolve();
    expect(queries).toHaveLength(3);
    queries[2]?.answer();
    await nextTurn();
    for (const { answer } of queries) answer();
    expect(await Promise.all(again)).toHaveLength(3);
  });

  it('does not keep a key waiting for a query without an answer while a connection is free', async () => {
    const { queries, things } = slow();
    const [stuck, ...others] = ['a', 'b', 'c'].map((key) => things.find([key]));
    expect(queries).toHaveLength(1);
    await eventually(() => expect(queries).toHaveLength(2));
    queries[1]?.answer();
    expect(await Promise.all(others)).toEqual([[['b']], [['c']]]);
    // It is known by now that the first query may have no answer.
    await nextTurn();
    const later = things.find(['d']);
    expect(queries).toHaveLength(3);
    // The connection of the first is not free for that.
    const last = things.find(['e']);
    await pause(100);
    expect(queries).toHaveLength(3);
    queries[2]?.answer();
    expect(await later).toEqual([['d']]);
    expect(queries[3]?.keys).toEqual([['e']]);
    queries[3]?.answer();
    expect(await last).toEqual([['e']]);
    queries[0]?.answer();
    expect(await stuck).toEqual([['a']]);
    // Nor is it forgotten twice: of two keys, one still waits for the other.
    await nextTurn();
    const [one, two] = [things.find(['f']), things.find(['g'])];
    expect(queries).toHaveLength(5);
    queries[4]?.answer();
    expect(await one).toEqual([['f']]);
    queries[5]?.answer();
    expect(await two).toEqual([['g']]);
  });

  it('never takes more than two connections, nor more than 64 keys for one query', async () => {
    const { queries, things } = slow();
    const asked = Array.from({ length: 200 }, (_, index) => things.find([`k${index}`]));
    expect(Math.max(...(await answerInRounds(queries)))).toBe(2);
    expect(Math.max(...queries.map(({ keys }) => keys.length))).toBe(64);
    expect(await Promise.all(asked)).toHaveLength(200);
  });
});

/** Conditional statements of many callers, on every engine: how many transactions they take, and who is harmed by whom. */
import type { DataSource } from 'typeorm';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../setup/eventually';
import type { Database } from '../../src/database/engine';
import { databaseOn } from '../../src/database/engines';
import { isUncertain } from '../../src/database/database-error';
import { CommitFailure } from '../../src/database/failure';
import { GroupCommit } from '../../src/database/group-commit';
import type { Session } from '../../src/database/session';
import { statement } from '../../src/database/table-statements';
import { atEndOfTests } from '../setup/at-end';
import { describeEachEngine, testDatabase } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';

describeEachEngine('GroupCommit', (engine) => {
  const atEnd = atEndOfTests();
  let dataSource: DataSource;
  let host: DataSource;
  let database: Database;
  let table = 'things';
  beforeAll(async () => {
    const found = await testDatabase(engine, atEnd);
    dataSource = await found.connect();
    host = await found.connect();
    database = databaseOn(dataSource, { timeoutMs: 5_000, isPrepared: true });
    if (engine === 'postgres') table = `${(found.options as { schema: string }).schema}.things`;
    await dataSource.query(
      `CREATE TABLE ${table} (id varchar(9) PRIMARY KEY, text varchar(20), number integer)`,
    );
    const values = Array.from({ length: 200 }, (_, index) => `('${index}', 'old', 0)`);
    await dataSource.query(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
  });
  afterEach(() => void vi.restoreAllMocks());

  const all = Array.from({ length: 200 }, (_, index) => String(index));
  const change = (commits: GroupCommit, id: string, from: string, to: string, onSend?: () => void) => {
    const text = statement(
      database.engine.dialect,
      (value) => `UPDATE ${table} SET text = ${value(to)} WHERE id = ${value(id)} AND text = ${value(from)}`,
    );
    return commits.touches(text, id, onSend);
  };
  /** How many statements each transaction had. */
  const transactions = () => {
    const counts: number[] = [];
    interceptSteps(
      dataSource,
      (steps) => counts.push(steps.length) > 0,
      (carryOut) => carryOut(),
    );
    return counts;
  };

  it('sends the statement of one caller by itself, and tells whether it changed a row', async () => {
    const counts = transactions();
    const commits = new GroupCommit(database, 'Testing');
    expect(await change(commits, '0', 'old', 'new')).toBe(true);
    expect(await change(commits, '0', 'old', 'new')).toBe(false);
    expect(await change(commits, '0', 'new', 'old')).toBe(true);
    expect(counts).toEqual([1, 1, 1]);
  });

  it('sends those of many in few transactions, and tells each what became of its own', async () => {
    const counts = transactions();
    const commits = new GroupCommit(database, 'Testing');
    const changed = await Promise.all(
      all.map((id) => change(commits, id, Number(id) % 3 === 0 ? 'other' : 'old', 'new')),
    );
    expect(changed).toEqual(all.map((id) => Number(id) % 3 !== 0));
    expect(counts.length).toBeLessThan(8);
    expect(Math.max(...counts)).toBe(64);
    await Promise.all(all.map((id) => change(commits, id, 'new', 'old')));
  });

  it('lets everything else have its turn between two transactions', async () => {
    const commits = new GroupCommit(database, 'Testing');
    const waiting = { turns: 0, isOver: false };
    const turn = () => {
      waiting.turns += 1;
      if (!waiting.isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await Promise.all(all.map((id) => change(commits, id, 'other', 'new')));
    waiting.isOver = true;
    // Two transactions may follow each other at once.
    expect(waiting.turns).toBeGreaterThan(1);
  });

  it('says when a statement leaves the queue, and when it is sent by itself after that', async () => {
    const commits = new GroupCommit(database, 'Testing');
    const sent: string[] = [];
    let letGo: (() => void) | undefined;
    interceptSteps(
      dataSource,
      () => true,
      async (carryOut, before) => {
        if (before === 0) await new Promise<void>((resolve) => (letGo = resolve));
        else if (before === 1) throw new Error('cut before the commit');
        return carryOut();
      },
    );
    const work = ['0', '1', '2'].map((id) => change(commits, id, 'old', 'new', () => sent.push(id)));
    await eventually(() => expect(letGo).toBeDefined());
    expect(sent).toEqual(['0']);
    letGo?.();
    expect(await Promise.all(work)).toEqual([true, true, true]);
    expect(sent).toEqual(['0', '1', '2', '1', '2']);
    await Promise.all(['0', '1', '2'].map((id) => change(commits, id, 'new', 'old')));
  });

  it('sends each statement by itself where no wait for a row can be limited', async () => {
    const counts = transactions();
    const session = Object.create(database.session, { limitsRowWaits: { value: false } }) as Session;
    const commits = new GroupCommit({ ...database, session }, 'Testing');
    const changed = await Promise.all(all.slice(0, 40).map((id) => change(commits, id, 'old', 'new')));
    expect(new Set(changed)).toEqual(new Set([true]));
    expect(counts).toEqual(Array.from({ length: 40 }, () => 1));
    await Promise.all(all.slice(0, 40).map((id) => change(commits, id, 'new', 'old')));
  });

  it('carries out all others when one of them fails', async () => {
    const commits = new GroupCommit(database, 'Testing');
    const ids = all.slice(0, 40);
    const work = ids.map((id) =>
      id === '5'
        ? commits.touches({ sql: `UPDATE ${table} SET absent = 1` }, id)
        : change(commits, id, 'old', 'new'),
    );
    const done = await Promise.allSettled(work);
    expect(done[5]).toMatchObject({ status: 'rejected', reason: { code: 'schema_outdated' } });
    expect(done.filter(({ status }) => status === 'fulfilled')).toEqual(
      Array.from({ length: 39 }, () => ({ status: 'fulfilled', value: true })),
    );
    await Promise.all(all.map((id) => change(commits, id, 'new', 'old')));
  });

  it.skipIf(engine === 'sqlite')(
    'lets nobody wait for a row that a host has locked, but who wants it',
    { tags: ['long'] },
    async () => {
      const commits = new GroupCommit(databaseOn(dataSource, { timeoutMs: 120_000 }), 'Testing');
      const runner = host.createQueryRunner();
      await runner.startTransaction();
      await runner.query(`UPDATE ${table} SET number = 1 WHERE id IN ('7', '8')`);
      let isSettled = false;
      const settled = () => (isSettled = true);
      const locked = change(commits, '7', 'old', 'new').finally(settled);
      const others = all.slice(9, 60).map((id) => change(commits, id, 'old', 'new'));
      const lockedToo = change(commits, '8', 'old', 'new').finally(settled);
      const rest = all.slice(60).map((id) => change(commits, id, 'old', 'new'));
      expect(new Set(await Promise.all([...others, ...rest]))).toEqual(new Set([true]));
      expect(isSettled).toBe(false);
      await runner.commitTransaction();
      await runner.release();
      expect(await Promise.all([locked, lockedToo])).toEqual([true, true]);
      await Promise.all(all.map((id) => change(commits, id, 'new', 'old')));
    },
  );

  it('tells each when it is not known whether its transaction was carried out, and sends none of them again', async () => {
    const commits = new GroupCommit(database, 'Testing');
    const spy = interceptSteps(
      dataSource,
      (steps) => steps.length > 1,
      async (carryOut) => {
        await carryOut();
        throw new CommitFailure(new Error('cut'));
      },
    );
    const [first, ...others] = await Promise.allSettled(
      all.slice(0, 30).map((id) => change(commits, id, 'old', 'new')),
    );
    expect(first).toEqual({ status: 'fulfilled', value: true });
    for (const other of others) expect(other.status === 'rejected' && isUncertain(other.reason)).toBe(true);
    expect(spy.mock.calls.length).toBeLessThan(5);
    vi.restoreAllMocks();
    const again = new GroupCommit(database, 'Testing');
    expect(await Promise.all(all.slice(0, 30).map((id) => change(again, id, 'new', 'old')))).not.toContain(
      false,
    );
  });

  it('takes no more text into a transaction than a server accepts', async () => {
    const counts = transactions();
    const commits = new GroupCommit(database, 'Testing');
    const long = 'x'.repeat(300_000);
    const changed = await Promise.all(all.slice(0, 12).map((id) => change(commits, id, long, 'new')));
    expect(new Set(changed)).toEqual(new Set([false]));
    expect(Math.max(...counts)).toBe(3);
  });
});

/** Several statements of which each has to change a row: all of them are carried out, or none. */
import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { isUncertain } from '../../src/database/database-error';
import type { Database } from '../../src/database/engine';
import { databaseOn } from '../../src/database/engines';
import { CommitFailure } from '../../src/database/failure';
import { oneByOne } from '../../src/database/mysql/steps';
import type { Script, Statement } from '../../src/database/statement';
import { executeSteps } from '../../src/database/session';
import { TableStatements, statement } from '../../src/database/table-statements';
import { atEndOfTests } from '../setup/at-end';
import { describeEachEngine, testDatabase } from '../setup/database';

const how = { timeoutMs: 5000, isPrepared: true };

describeEachEngine('Statements that belong together', (name) => {
  const atEnd = atEndOfTests();
  let dataSource: DataSource;
  let database: Database;
  let statements: TableStatements;
  let table = 'things';
  beforeAll(async () => {
    const found = await testDatabase(name, atEnd);
    dataSource = await found.connect();
    database = databaseOn(dataSource, how);
    statements = new TableStatements(database);
    if (name === 'postgres') table = `${(found.options as { schema: string }).schema}.things`;
    await dataSource.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, text varchar(20))`);
  });

  const insert = (id: number) =>
    statement(
      database.engine.dialect,
      (value) => `INSERT INTO ${table} (id, text) VALUES (${value(id)}, ${value(`it's ${id}`)})`,
    );
  const remove = (id: number) =>
    statement(database.engine.dialect, (value) => `DELETE FROM ${table} WHERE id = ${value(id)}`);
  const ids = async (): Promise<number[]> =>
    (await dataSource.query(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }: { id: number }) => id);

  it('are all carried out, are none once one changes no row, and are none once a key is taken', async () => {
    expect(await statements.all([insert(1), insert(2)], 'Testing')).toBe(2);
    expect(await statements.all([remove(1), remove(7), insert(3)], 'Testing')).toBe(1);
    expect(await ids()).toEqual([1, 2]);
    expect(await statements.all([remove(1), insert(2)], 'Testing')).toBe('taken');
    expect(await ids()).toEqual([1, 2]);
    expect(await statements.all([remove(1), insert(3)], 'Testing')).toBe(2);
    expect(await ids()).toEqual([2, 3]);
  });

  it('are carried out one and all where none has to change a row, and none of them when one fails', async () => {
    expect(await statements.each([], 'Testing')).toEqual([]);
    expect(await statements.each([remove(7)], 'Testing')).toEqual([false]);
    expect(await statements.each([remove(7), insert(8), remove(9), insert(10)], 'Testing')).toEqual([
      false,
      true,
      false,
      true,
    ]);
    const broken = statements.each([remove(8), insert(10)], 'Testing');
    await expect(broken).rejects.toMatchObject({ code: 'database_failed' });
    expect(await ids()).toEqual([2, 3, 8, 10]);
    expect(await statements.each([remove(8), remove(10)], 'Testing')).toEqual([true, true]);
  });

  it('are undone where one that has to change a row changes none, those included that have not', async () => {
    const optional = { ...insert(11), isOptional: true as const };
    const undone = { completed: 1, rows: [], changed: [] };
    expect(await database.session.execute([optional, remove(7)])).toEqual(undone);
    expect(await ids()).toEqual([2, 3]);
    const done = await database.session.execute([{ ...remove(7), isOptional: true }, optional, remove(11)]);
    expect(done).toMatchObject({ completed: 3, changed: [false, true, true] });
  });

  it('leave the connection to the next one after a failure', async () => {
    const wrong = { sql: `DELETE FROM ${table}_of_nobody` };
    for (let round = 0; round < 12; round += 1) {
      await expect(statements.all([remove(2), wrong], 'Testing')).rejects.toMatchObject({
        code: 'tables_missing',
      });
    }
    expect(await ids()).toEqual([2, 3]);
    expect(await statements.all([remove(2)], 'Testing')).toBe(1);
  });
});

describe('On MySQL, where a transaction is several statements', () => {
  it.skipIf(!inject('engines').includes('mariadb'))('they are all carried out, or none', async () => {
    const database = await testDatabase('mariadb', onTestFinished);
    const dataSource = await database.connect();
    vi.spyOn(dataSource.driver, 'isReturningSqlSupported').mockReturnValue(false);
    await dataSource.query('CREATE TABLE things (id integer PRIMARY KEY)');
    const statements = new TableStatements(databaseOn(dataSource, how));
    const [insert, remove] = ['INSERT INTO things VALUES (?)', 'DELETE FROM things WHERE id = ?'].map(
      (sql) => (id: number) => ({ sql, parameters: [id] }),
    ) as unknown as [(id: number) => Statement, (id: number) => Statement];
    expect(await statements.all([insert(1), insert(2)], 'Testing')).toBe(2);
    expect(await statements.all([remove(1), remove(7)], 'Testing')).toBe(1);
    expect(await statements.all([remove(1), insert(2)], 'Testing')).toBe('taken');
    expect(await statements.each([remove(7), insert(3), remove(3)], 'Testing')).toEqual([false, true, true]);
    expect(await dataSource.query('SELECT id FROM things ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

describe('A file that is read while a commit is due', () => {
  it('is busy: nothing was carried out, and that is certain', { tags: ['long'] }, async () => {
    const database = await testDatabase('sqlite', onTestFinished);
    const [dataSource, reader] = [await database.connect(), await database.connect()];
    await dataSource.query('PRAGMA journal_mode = DELETE');
    await dataSource.query('CREATE TABLE things (id integer PRIMARY KEY)');
    await reader.query('BEGIN');
    await reader.query('SELECT * FROM things');
    const impatient = new TableStatements(databaseOn(dataSource, { ...how, timeoutMs: 100 }));
    const insert = { sql: 'INSERT INTO things VALUES (1)' };
    const error: unknown = await impatient.all([insert], 'Testing').catch((thrown: unknown) => thrown);
    expect([error, isUncertain(error)]).toEqual([expect.objectContaining({ code: 'database_busy' }), false]);
    await reader.query('COMMIT');
    const statements = new TableStatements(databaseOn(dataSource, how));
    expect(await statements.all([insert], 'Testing')).toBe(1);
  });
});

describe('A commit whose answer is lost', () => {
  const lost = () => Promise.reject(new Error('connection reset'));
  const done = { affectedRows: 1, serverStatus: 2 };
  const failingAt = (text: string) => (sent: Statement) =>
    sent.sql === text ? lost() : Promise.resolve(done);

  it('leaves open what was done, and a statement that failed does not', async () => {
    const steps = [{ sql: 'one' }, { sql: 'two' }];
    await expect(oneByOne(steps, failingAt('COMMIT'))).rejects.toBeInstanceOf(CommitFailure);
    await expect(oneByOne(steps, failingAt('two'))).rejects.not.toBeInstanceOf(CommitFailure);
  });

  it('leaves it open on SQLite as well, unless the commit says that nothing was carried out', async () => {
    const steps = [{ sql: 'one' }, { sql: 'two' }];
    const failing = (error: Error) => async (script: () => Script<void>) => {
      const running = script();
      let step = running.next();
      while (!step.done) step = running.next({ rows: [], affected: 1 });
      throw error;
    };
    const busy = new Error('busy');
    const isCertain = (error: unknown) => error === busy;
    await expect(executeSteps(steps, failing(new Error('lost')), isCertain)).rejects.toBeInstanceOf(
      CommitFailure,
    );
    await expect(executeSteps(steps, failing(busy), isCertain)).rejects.toBe(busy);
  });

  it('is no failure that says that nothing was written', async () => {
    const session = { execute: () => oneByOne([{ sql: 'one' }], failingAt('COMMIT')) };
    const engine = { label: 'Test', failure: () => 'other' };
    const statements = new TableStatements({ engine, session } as unknown as Database);
    const error: unknown = await statements.all([], 'Writing tokens').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'database_failed',
      message: expect.stringMatching(
        /^Writing tokens failed \(Test: connection reset\) .* may have been done/,
      ),
    });
    expect(isUncertain(error)).toBe(true);
  });
});

/** What the sessions of a MariaDB or MySQL server may be set to, and what we leave on them. */
import type { DataSource } from 'typeorm';
import { describe, expect, inject, it, vi } from 'vitest';
import { CommitFailure } from '../../src/database/failure';
import { withLockLimit } from '../../src/database/mysql/lock-limits';
import { orCommitFailure } from '../../src/database/mysql/dialect';
import { MysqlSession } from '../../src/database/mysql/session';
import { TableStatements } from '../../src/database/table-statements';
import { databaseOn } from '../../src/database/engines';
import { testDatabase } from '../setup/database';
import { isOldMysql } from '../setup/mysql-version';

const how = { timeoutMs: 5000, isPrepared: true };

describe.each(inject('engines').filter((engine) => engine === 'mariadb'))('A session of %s', () => {
  /** With a pool of one connection, so that each statement is on the same. */
  async function things() {
    const database = await testDatabase('mariadb');
    const [dataSource, beside] = [await database.connect({ poolSize: 1 }), await database.connect()];
    await beside.query('CREATE TABLE things (id integer PRIMARY KEY, text varchar(20))');
    await beside.query("INSERT INTO things VALUES (1, 'one'), (2, 'two')");
    const seen = async () => (await beside.query('SELECT * FROM things ORDER BY id')) as unknown[];
    return { dataSource, beside, seen };
  }
  const select = { sql: 'SELECT text FROM things WHERE id = ?', parameters: [1] };
  const change = (text: string) => ({ sql: 'UPDATE things SET text = ? WHERE id = 1', parameters: [text] });
  const asMysql = (dataSource: DataSource) =>
    vi.spyOn(dataSource.driver, 'isReturningSqlSupported').mockReturnValue(false);

  it.each(['from its beginning', 'after its first use'])(
    'that does not commit by itself, %s, commits each write, and reads what others have written',
    async (since) => {
      const { dataSource, beside } = await things();
      const session = new MysqlSession(dataSource, how);
      if (since === 'after its first use') await session.read(select);
      await dataSource.query('SET SESSION autocommit = 0');
      const seen = async () => (await beside.query('SELECT text FROM things WHERE id = 1'))[0].text;
      expect((await session.execute([change('first')])).completed).toBe(1);
      expect(await seen()).toBe('first');
      expect(await session.read(select)).toEqual([['first']]);
      await beside.query("UPDATE things SET text = 'theirs' WHERE id = 1");
      expect(await session.read(select)).toEqual([['theirs']]);
      expect((await session.execute([change('second'), { ...select, isRead: true }])).rows[1]).toEqual([
        ['second'],
      ]);
      expect(await seen()).toBe('second');
      await session.transact(function* () {
        yield change('third');
      });
      expect(await seen()).toBe('third');
    },
  );

  it('that takes empty texts for NULL tells which of several statements changed a row', async () => {
    const { dataSource } = await things();
    await dataSource.query("SET SESSION sql_mode = 'EMPTY_STRING_IS_NULL'");
    const statements = new TableStatements(databaseOn(dataSource, how));
    const nothing = { sql: 'DELETE FROM things WHERE id = 9' };
    const changed = await statements.each([change('first'), nothing, change('second')], 'Testing');
    expect(changed).toEqual([true, false, true]);
  });

  it('that stops to commit by itself after it was read shows what others have written, a second later', async () => {
    const { dataSource, beside } = await things();
    const session = new MysqlSession(dataSource, how);
    await session.read(select);
    await dataSource.query('SET SESSION autocommit = 0');
    // What the host leaves behind shows the rows as they are now, for ever.
    await dataSource.query('SELECT * FROM things');
    await beside.query("UPDATE things SET text = 'theirs' WHERE id = 1");
    const now = performance.now.bind(performance);
    const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + 2000);
    expect(await session.read(select)).toEqual([['theirs']]);
    await beside.query("UPDATE things SET text = 'again' WHERE id = 1");
    expect(await session.read(select)).toEqual([['again']]);
    later.mockRestore();
  });

  it('keeps the transaction that the host began there with SQL of its own', async () => {
    const { dataSource, seen } = await things();
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.query('SET SESSION autocommit = 0');
    await queryRunner.query('DELETE FROM things');
    const session = new MysqlSession(dataSource, { ...how, queryRunner });
    expect((await session.execute([{ ...select, isRead: true }])).rows).toEqual([[]]);
    await queryRunner.query('ROLLBACK');
    await queryRunner.release();
    expect(await seen()).toHaveLength(2);
  });

  it.each([
    ['on MariaDB', () => undefined],
    ['on MySQL', asMysql],
  ])('has nothing prepared on it unless that is wanted, %s', async (_server, pretend) => {
    const { dataSource } = await things();
    pretend(dataSource);
    const preparedOn = async (isPrepared: boolean) => {
      const count = async () =>
        Number((await dataSource.query("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'"))[0].Value);
      const session = new MysqlSession(dataSource, { ...how, isPrepared });
      const before = await count();
      await session.read(select);
      await session.execute([change('one')]);
      await session.execute([change("it's"), { ...select, isRead: true }]);
      return (await count()) - before;
    };
    expect(await preparedOn(false)).toBe(0);
    expect(await preparedOn(true)).toBeGreaterThan(0);
  });

  it(
    'waits no longer than it may for a row in a transaction of several statements, and keeps its own limits',
    { tags: ['long'] },
    async ({ skip }) => {
      const { dataSource, beside } = await things();
      const session = new MysqlSession(dataSource, how);
      if (!session.limitsRowWaits) skip();
      const limits = async () =>
        (await dataSource.query('SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout')) as unknown;
      const before = await limits();
      const steps = [
        change('ours'),
        { sql: 'UPDATE things SET text = ? WHERE id = 2', parameters: ['ours'] },
      ];
      const holder = beside.createQueryRunner();
      await holder.startTransaction();
      await holder.query('SELECT * FROM things WHERE id = 2 FOR UPDATE');
      await expect(session.execute(steps, 250)).rejects.toMatchObject({ errno: 1205 });
      await holder.rollbackTransaction();
      await holder.release();
      expect(await limits()).toEqual(before);
      expect((await session.execute(steps)).changed).toEqual([true, true]);
      expect(await limits()).toEqual(before);
    },
  );

  it('waits no longer than it may for a table, also to read it', { tags: ['long'] }, async ({ skip }) => {
    const { dataSource, beside } = await things();
    const isOld = await isOldMysql('mariadb', (sql) => dataSource.query(sql));
    skip(isOld, 'MySQL before 8.0 has no limit for one statement');
    const holder = beside.createQueryRunner();
    await holder.query('LOCK TABLES things WRITE');
    const session = new MysqlSession(dataSource, { ...how, timeoutMs: 1000 });
    for (const attempt of [
      () => session.execute([change('one')]),
      () => session.execute([{ ...select, isRead: true }]),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'ER_LOCK_WAIT_TIMEOUT' });
    }
    await holder.query('UNLOCK TABLES');
    await holder.release();
    expect(await session.read(select)).toEqual([['one']]);
  });
});

describe('A statement with a limit', () => {
  it('has it in a prefix for MariaDB, and a SELECT also in a hint for MySQL', () => {
    expect(withLockLimit('DELETE FROM t', 2001)).toBe(
      '/*M! SET STATEMENT lock_wait_timeout = 3, innodb_lock_wait_timeout = 3 FOR */ DELETE FROM t',
    );
    expect(withLockLimit('SELECT 1', 50)).toBe(
      '/*M! SET STATEMENT lock_wait_timeout = 1, innodb_lock_wait_timeout = 1 FOR */ ' +
        'SELECT /*+ SET_VAR(lock_wait_timeout = 1) */ 1',
    );
  });
});

describe('An error', () => {
  const thrownFor = (error: unknown) => {
    try {
      return orCommitFailure(error);
    } catch (thrown) {
      return thrown;
    }
  };

  it.each([
    Object.assign(new Error('duplicate'), { code: 'ER_DUP_ENTRY' }),
    new TypeError('Bind parameters must not contain undefined'),
    new Error("Can't add new command when connection is in closed state"),
  ])('that came before the commit is certain: %s', (error) => {
    expect(thrownFor(error)).toBe(error);
  });

  it.each([
    Object.assign(new Error('shut down'), { code: 'ER_SERVER_SHUTDOWN' }),
    Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST' }),
  ])('that may have come after the commit is not: %s', (error) => {
    expect(thrownFor(error)).toBeInstanceOf(CommitFailure);
  });
});

/** How a single statement reaches PostgreSQL: in one round trip, bounded, and prepared where the connection keeps that. */
import type { DataSource } from 'typeorm';
import { describe, expect, inject, it } from 'vitest';
import { literalOf } from '../../src/database/postgres/client';
import { PostgresSession } from '../../src/database/postgres/session';
import type { SessionOptions } from '../../src/database/session';
import type { Step } from '../../src/database/statement';
import { testDatabase } from '../setup/database';

const how = { timeoutMs: 5000, isPrepared: true };

const execute = async (
  dataSource: DataSource,
  steps: Step | readonly Step[],
  options: SessionOptions = how,
) => (await new PostgresSession(dataSource, options).execute([steps].flat())).completed;

describe.skipIf(!inject('engines').includes('postgres'))('A statement on postgres', () => {
  /** With a pool of one connection, so that each statement is on the same. */
  async function things() {
    const database = await testDatabase('postgres');
    const table = `${(database.options as { schema: string }).schema}.things`;
    const connect = () => database.connect({ poolSize: 1 });
    const dataSource = await connect();
    await dataSource.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, text text)`);
    const insert = (id: number, text: string | null = null) => ({
      sql: `INSERT INTO ${table} (id, text) VALUES ($1, $2)`,
      parameters: [id, text],
    });
    const change = (id: number, text: string) => ({
      sql: `UPDATE ${table} SET text = $1 WHERE id = $2`,
      parameters: [text, id],
    });
    const texts = async (): Promise<unknown[]> =>
      (await dataSource.query(`SELECT text FROM ${table} ORDER BY id`)).map(
        ({ text }: { text: unknown }) => text,
      );
    return { dataSource, connect, table, insert, change, texts };
  }
  const prepared = async (dataSource: DataSource): Promise<string[]> =>
    (await dataSource.query('SELECT statement FROM pg_prepared_statements')).map(
      ({ statement }: { statement: string }) => statement,
    );

  it('is prepared once a connection, whatever its values', async () => {
    const { dataSource, insert, texts } = await things();
    const given = [
      null,
      '',
      "it's",
      'back\\slash',
      '$1 and $2',
      'line\nbreak',
      '🙂',
      "E'\\''; DROP TABLE things; --",
    ];
    for (const [id, text] of given.entries()) await execute(dataSource, insert(id, text));
    expect(await prepared(dataSource)).toEqual([expect.stringContaining(insert(1).sql)]);
    expect(await texts()).toEqual(given);
  });

  it('has the same effect without, and leaves nothing on the connection', async () => {
    const { dataSource, insert, texts } = await things();
    const unprepared = { ...how, isPrepared: false };
    expect(await execute(dataSource, insert(1, "it's \\ $2"), unprepared)).toBe(1);
    expect(await texts()).toEqual(["it's \\ $2"]);
    expect(await prepared(dataSource)).toEqual([]);
  });

  it('is prepared no more once one was lost, on any connection, which is said once', async () => {
    const { dataSource, connect, insert } = await things();
    const messages: string[] = [];
    const logged = { ...how, log: (_level: string, message: string) => messages.push(message) };
    await execute(dataSource, insert(1), logged);
    await dataSource.query('DEALLOCATE ALL');
    for (const id of [2, 3]) expect(await execute(dataSource, insert(id), logged)).toBe(1);
    expect(await prepared(dataSource)).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('`preparedStatements: false`')]);
    const other = await connect();
    await execute(other, insert(4), logged);
    expect(await prepared(other)).toHaveLength(1);
  });

  it('is carried out where another client has prepared it on that session, as behind a pooler', async () => {
    const { dataSource, connect, table, insert } = await things();
    const select = { sql: `SELECT id FROM ${table} WHERE id = $1`, parameters: [1] };
    const read = (source: DataSource) => new PostgresSession(source, how).read(select);
    await execute(dataSource, insert(1));
    await read(dataSource);
    const theirs = await dataSource.query('SELECT name, statement FROM pg_prepared_statements ORDER BY name');
    const pooled = await connect();
    for (const { name, statement } of theirs as { name: string; statement: string }[]) {
      const [ours] = /PREPARE [^;]+/.exec(statement) ?? [];
      await pooled.query(ours ?? `PREPARE ${name} AS ${statement}`);
    }
    // For ever, since a pooler gives a client such a session again and again.
    for (let round = 0; round < 3; round += 1) expect(await read(pooled)).toEqual([[1]]);
    expect(await execute(pooled, insert(2))).toBe(1);
  });

  it('is carried out when the table was altered since', async () => {
    const { dataSource, table, insert, change, texts } = await things();
    const both = [insert(3), change(3, 'three')];
    await execute(dataSource, insert(1, 'one'));
    await execute(dataSource, [insert(2), change(2, 'two')]);
    await dataSource.query(`ALTER TABLE ${table} ALTER COLUMN text TYPE varchar(10)`);
    expect(await execute(dataSource, change(1, 'other'))).toBe(1);
    expect(await execute(dataSource, both)).toBe(2);
    expect(await texts()).toEqual(['other', 'two', 'three']);
  });

  it('is planned anew under another name when its result has changed, and no other is', async () => {
    const { dataSource, table, insert } = await things();
    const session = new PostgresSession(dataSource, how);
    const read = (column: string) =>
      session.read({ sql: `SELECT ${column} FROM ${table} WHERE id = $1`, parameters: [1] });
    await execute(dataSource, insert(1, 'one'));
    for (const column of ['id', 'text', 'id']) await read(column);
    await dataSource.query(`ALTER TABLE ${table} ALTER COLUMN text TYPE varchar(10)`);
    for (let round = 0; round < 3; round += 1) expect(await read('text')).toEqual([['one']]);
    expect(await read('id')).toEqual([[1]]);
    const names = await dataSource.query("SELECT name FROM pg_prepared_statements WHERE name LIKE 'mcpc%'");
    expect(names).toHaveLength(3);
  });

  it('is not sent again when a feature is not there', async () => {
    const { dataSource, table, insert } = await things();
    await dataSource.query(`CREATE FUNCTION ${table}_no() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '0A000'; END $$`);
    await dataSource.query(
      `CREATE TRIGGER no BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_no()`,
    );
    for (let round = 0; round < 3; round += 1) {
      await expect(execute(dataSource, insert(1))).rejects.toMatchObject({ code: '0A000' });
    }
    expect(await prepared(dataSource)).toHaveLength(1);
  });

  it('waits for a table no longer than it may, also to be prepared, and the connection works on', async () => {
    const { dataSource, connect, table, insert, change } = await things();
    const beside = await connect();
    await beside.query(`INSERT INTO ${table} VALUES (1, 'one')`);
    await execute(dataSource, insert(2));
    const holder = beside.createQueryRunner();
    await holder.startTransaction();
    await holder.query(`LOCK TABLE ${table}`);
    const soon = { ...how, timeoutMs: 50 };
    for (const attempt of [
      () => execute(dataSource, [change(1, 'uno'), insert(4)], soon),
      () => execute(dataSource, insert(3), soon),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: '55P03' });
    }
    await holder.rollbackTransaction();
    await holder.release();
    expect(await execute(dataSource, [change(1, 'uno'), insert(4)])).toBe(2);
    expect(await execute(dataSource, insert(3))).toBe(1);
    expect(await dataSource.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '0' }]);
  });

  it('that fails is undone, and leaves the connection to the next one', async () => {
    const { dataSource, insert } = await things();
    await execute(dataSource, insert(1));
    await expect(execute(dataSource, insert(1))).rejects.toMatchObject({ code: '23505' });
    const missing = { sql: 'INSERT INTO nothing_there (id) VALUES ($1)', parameters: [1] };
    await expect(execute(dataSource, missing)).rejects.toMatchObject({ code: '42P01' });
    expect(await execute(dataSource, insert(2))).toBe(1);
  });

  it('reads on a query runner of the host without an end to what the host began there', async () => {
    const { dataSource, table, insert } = await things();
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.query('BEGIN');
    await queryRunner.query(insert(1).sql, insert(1).parameters);
    const select = { sql: `SELECT id FROM ${table}`, isRead: true as const };
    const session = new PostgresSession(dataSource, { timeoutMs: 5000, queryRunner });
    expect((await session.execute([select])).rows).toEqual([[[1]]]);
    await queryRunner.query('ROLLBACK');
    expect((await session.execute([select])).rows).toEqual([[]]);
    await queryRunner.release();
  });
});

describe('A value that is written into a statement', () => {
  const client = { escapeLiteral: (text: string) => `E'${text}'` };

  it('is a literal of its kind', () => {
    const values = [null, undefined, 7, -0.5, true, false, 'text', "it's"];
    expect(values.map((value) => literalOf(value, client))).toEqual([
      'NULL',
      'NULL',
      '7',
      '-0.5',
      'TRUE',
      'FALSE',
      "'text'",
      "E'it's'",
    ]);
  });

  it.each([[new Date(0)], [Buffer.from('a')], [['a']], [{}], [1n], [Number.NaN], [Infinity], [Symbol('a')]])(
    'is never one that the server would read otherwise: %s',
    (value) => {
      expect(() => literalOf(value, client)).toThrow(TypeError);
    },
  );
});

/** How a single statement reaches PostgreSQL: in one round trip, bounded, and prepared where the connection keeps that. */
import type { DataSource } from 'typeorm';
import { describe, expect, inject, it } from 'vitest';
import { postgres } from '../../src/database/engines/postgres';
import { testDatabase } from '../setup/database';

const how = { timeoutMs: 5000, isPrepared: true };

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
    for (const [id, text] of given.entries()) await postgres.execute(dataSource, insert(id, text), how);
    expect(await prepared(dataSource)).toEqual([expect.stringContaining(insert(1).sql)]);
    expect(await texts()).toEqual(given);
  });

  it('has the same effect without, and leaves nothing on the connection', async () => {
    const { dataSource, insert, texts } = await things();
    const unprepared = { ...how, isPrepared: false };
    expect(await postgres.execute(dataSource, insert(1, "it's \\ $2"), unprepared)).toBe(1);
    expect(await texts()).toEqual(["it's \\ $2"]);
    expect(await prepared(dataSource)).toEqual([]);
  });

  it('is said in full from then on when the connection has lost what was prepared', async () => {
    const { dataSource, insert } = await things();
    await postgres.execute(dataSource, insert(1), how);
    await dataSource.query('DEALLOCATE ALL');
    expect(await postgres.execute(dataSource, insert(2), how)).toBe(1);
    expect(await postgres.execute(dataSource, insert(3), how)).toBe(1);
    expect(await prepared(dataSource)).toEqual([]);
  });

  it('is carried out when somebody else has prepared it on that connection', async () => {
    const { dataSource, connect, insert } = await things();
    await postgres.execute(dataSource, insert(1), how);
    const [statement] = await prepared(dataSource);
    const fresh = await connect();
    await fresh.query(statement ?? '');
    expect(await prepared(fresh)).toEqual([expect.stringMatching(/PREPARE mcpc_/)]);
    expect(await postgres.execute(fresh, insert(2), how)).toBe(1);
  });

  it('is carried out when the table was altered since', async () => {
    const { dataSource, table, insert, change, texts } = await things();
    const both = [insert(3), change(3, 'three')];
    await postgres.execute(dataSource, insert(1, 'one'), how);
    await postgres.executeAll(dataSource, [insert(2), change(2, 'two')], how);
    await dataSource.query(`ALTER TABLE ${table} ALTER COLUMN text TYPE varchar(10)`);
    expect(await postgres.execute(dataSource, change(1, 'other'), how)).toBe(1);
    expect(await postgres.executeAll(dataSource, both, how)).toBe(2);
    expect(await texts()).toEqual(['other', 'two', 'three']);
  });

  it('waits for a table no longer than it may, also to be prepared, and the connection works on', async () => {
    const { dataSource, connect, table, insert, change } = await things();
    const beside = await connect();
    await beside.query(`INSERT INTO ${table} VALUES (1, 'one')`);
    await postgres.execute(dataSource, insert(2), how);
    const holder = beside.createQueryRunner();
    await holder.startTransaction();
    await holder.query(`LOCK TABLE ${table}`);
    const soon = { ...how, timeoutMs: 50 };
    for (const attempt of [
      () => postgres.executeAll(dataSource, [change(1, 'uno'), insert(4)], soon),
      () => postgres.execute(dataSource, insert(3), soon),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: '55P03' });
    }
    await holder.rollbackTransaction();
    await holder.release();
    expect(await postgres.executeAll(dataSource, [change(1, 'uno'), insert(4)], soon)).toBe(2);
    expect(await postgres.execute(dataSource, insert(3), soon)).toBe(1);
    expect(await dataSource.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '0' }]);
  });

  it('that fails is undone, and leaves the connection to the next one', async () => {
    const { dataSource, insert } = await things();
    await postgres.execute(dataSource, insert(1), how);
    await expect(postgres.execute(dataSource, insert(1), how)).rejects.toMatchObject({ code: '23505' });
    const missing = { sql: 'INSERT INTO nothing_there (id) VALUES ($1)', parameters: [1] };
    await expect(postgres.execute(dataSource, missing, how)).rejects.toMatchObject({ code: '42P01' });
    expect(await postgres.execute(dataSource, insert(2), how)).toBe(1);
  });
});

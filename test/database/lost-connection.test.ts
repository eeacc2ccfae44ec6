/** A connection that is cut while a statement runs, on a real server: it is not known then whether it was carried out. */
import type { DataSource, QueryRunner } from 'typeorm';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { isUncertain } from '../../src/database/database-error';
import { databaseOn } from '../../src/database/engines';
import { TableStatements, statement } from '../../src/database/table-statements';
import { testDatabase } from '../setup/database';
import { isMysql } from '../setup/mysql-version';
import { waitingSession } from '../setup/waiting-session';

const how = { timeoutMs: 10_000, isPrepared: true };
const engines = inject('engines');

async function things(server: 'postgres' | 'mariadb') {
  const found = await testDatabase(server, onTestFinished);
  const [dataSource, beside] = [await found.connect(), await found.connect()];
  const schema = server === 'postgres' ? `${(found.options as { schema: string }).schema}.` : '';
  const table = `${schema}things`;
  await dataSource.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, text varchar(20))`);
  await dataSource.query(`INSERT INTO ${table} VALUES (1, 'one'), (2, 'two')`);
  const database = databaseOn(dataSource, how);
  const { dialect } = database.engine;
  const remove = (id: number) =>
    statement(dialect, (value) => `DELETE FROM ${table} WHERE id = ${value(id)}`);
  return { dataSource, beside, table, remove, statements: new TableStatements(database) };
}

/** Ends the database connection that waits for the lock of `holder`, once there is one. */
async function cutTheWaiting(
  server: 'postgres' | 'mariadb',
  dataSource: DataSource,
  holder: QueryRunner,
): Promise<void> {
  const waiting = await waitingSession(server, dataSource, holder);
  const cut =
    server === 'postgres' ? `SELECT pg_terminate_backend(${waiting})` : `KILL CONNECTION ${waiting}`;
  await dataSource.query(cut);
}

for (const server of ['postgres', 'mariadb'] as const)
  describe.skipIf(!engines.includes(server))(`A statement whose connection to ${server} is cut`, () => {
    it.each<
      [
        string,
        (
          statements: TableStatements,
          remove: (id: number) => ReturnType<typeof statement>,
        ) => Promise<unknown>,
      ]
    >([
      ['by itself', (statements, remove) => statements.touches(remove(1), 'Testing')],
      ['with another', (statements, remove) => statements.all([remove(2), remove(1)], 'Testing')],
    ])('may have been carried out, %s', async (order, run) => {
      const { dataSource, beside, table, remove, statements } = await things(server);
      const holder = beside.createQueryRunner();
      await holder.startTransaction();
      await holder.query(`UPDATE ${table} SET text = 'held' WHERE id = 1`);
      const failing = run(statements, remove).catch((error: unknown) => error);
      await cutTheWaiting(server, beside, holder);
      const error = await failing;
      // On MySQL, these are several statements, and the one that commits had not been sent.
      const isKnown = order === 'with another' && (await isMysql(server, (sql) => beside.query(sql)));
      const doubt = expect.stringContaining('may have been done');
      expect(error).toMatchObject({
        code: 'database_failed',
        message: isKnown ? expect.not.stringContaining('may have been done') : doubt,
      });
      expect(isUncertain(error)).toBe(!isKnown);
      await holder.rollbackTransaction();
      await holder.release();
      expect(await dataSource.query(`SELECT id FROM ${table} ORDER BY id`)).toEqual([{ id: 1 }, { id: 2 }]);
      expect(await statements.touches(remove(1), 'Testing')).toBe(true);
    });

    it('was not, when it never got one', async () => {
      const { dataSource, remove, statements } = await things(server);
      const runners = Array.from({ length: 10 }, () => dataSource.createQueryRunner());
      await Promise.all(runners.map((runner) => runner.connect()));
      const soon = new TableStatements(databaseOn(dataSource, { ...how, timeoutMs: 50 }));
      const error: unknown = await soon.all([remove(1)], 'Testing').catch((thrown: unknown) => thrown);
      expect([error, isUncertain(error)]).toEqual([
        expect.objectContaining({ code: 'database_busy' }),
        false,
      ]);
      for (const runner of runners) await runner.release();
      expect(await statements.touches(remove(1), 'Testing')).toBe(true);
    });
  });

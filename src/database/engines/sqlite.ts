/**
 * SQLite: one connection for each DataSource, one writer for each file. Our transactions take the write lock at their
 * start (BEGIN IMMEDIATE) and hold nothing while they wait for it. With better-sqlite3 they run synchronously, so that no
 * statement of the host can become part of them.
 */
import type { DataSource } from 'typeorm';
import { dataSourceOf } from '../../typeorm';
import type { Engine } from '../engine';
import { CommitFailure } from '../failure';
import { doubleQuoted, literal } from '../path';
import type { Script, Statement, StatementOptions } from '../script';
import { runScript } from '../script';
import type { RowValues } from '../rows';
import { valuesOf } from '../rows';
import { amongAlternatives } from './alternatives';
import { overwritingOnConflict, rowByRow, valuesLists } from './batch';
import { openApart } from './sqlite-apart';
import { byItself, immediately, inOneGo, inTurn, untilDeadline, waitForHost } from './sqlite-connection';
import { sqliteFailure } from './sqlite-failure';
import type { SynchronousConnection } from './sqlite-statements';
import { isSynchronous, prepared } from './sqlite-statements';

export const sqlite: Engine = {
  label: 'SQLite',
  rowLock: '',
  absoluteTimestamp: null,
  placeholder: () => '?',

  instantFromNow: (milliseconds) =>
    `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${(milliseconds / 1000).toFixed(3)} seconds')`,
  characters: (column) => `LENGTH(${column})`,
  exactText: (column) => `${column} COLLATE BINARY`,
  isExactly: (column, value) => `${column} COLLATE BINARY = ${value}`,
  undoesDdl: true,

  tablePresent: (table, schema) => {
    const master = schema === undefined ? 'sqlite_master' : `${doubleQuoted(schema)}.sqlite_master`;
    return `SELECT COUNT(*) AS present FROM ${master} WHERE type = 'table' AND name = ${literal(table)}`;
  },

  insert: (batch) => valuesLists(batch, doubleQuoted),
  overwrite: (batch, key, assigned) => valuesLists(batch, doubleQuoted, overwritingOnConflict(key, assigned)),

  failure: sqliteFailure,

  byteExactText: async () => null,

  underMigrationLock: (queryRunner, _key, timeoutMs, work) =>
    inTurn(dataSourceOf(queryRunner), async () => {
      const deadline = Date.now() + timeoutMs;
      await waitForHost(queryRunner, deadline);
      const [{ foreign_keys: enforced }] = await queryRunner.query('PRAGMA foreign_keys');
      if (enforced) await queryRunner.query('PRAGMA foreign_keys = OFF');
      try {
        return await immediately(queryRunner, deadline, work);
      } finally {
        await queryRunner.query(`PRAGMA foreign_keys = ${enforced ? 'ON' : 'OFF'}`).catch(() => undefined);
      }
    }),

  // TypeORM changes a table by creating a new one and renaming it. For a moment, views and triggers refer to a table that
  // does not exist; with this pragma SQLite does not check them.
  async keepingViews(queryRunner, work) {
    const [{ legacy_alter_table: before }] = await queryRunner.query('PRAGMA legacy_alter_table');
    await queryRunner.query('PRAGMA legacy_alter_table = ON');
    try {
      return await work();
    } finally {
      await queryRunner.query(`PRAGMA legacy_alter_table = ${before ? 'ON' : 'OFF'}`);
    }
  },

  async keepingTriggersAndIndexes(queryRunner, tablePath, work) {
    const table = tablePath.split('.').at(-1);
    const read = async (): Promise<{ name: string; sql: string }[]> =>
      queryRunner.query(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND tbl_name = ? AND sql IS NOT NULL",
        [table],
      );
    const before = await read();
    await work();
    const after = new Set((await read()).map(({ name }) => name));
    for (const { name, sql } of before) if (!after.has(name)) await queryRunner.query(sql);
  },

  async retype(queryRunner, table, changes) {
    const pairs = changes.map(({ from, to }) => ({ oldColumn: from, newColumn: to }));
    await queryRunner.changeColumns(table, pairs);
    return [];
  },

  read: (dataSource, sql, timeoutMs) =>
    untilDeadline(Date.now() + timeoutMs, async () => valuesOf(await dataSource.query(sql))),

  find: (dataSource, query, keys, timeoutMs) =>
    untilDeadline(Date.now() + timeoutMs, async () => {
      const { sql, parameters } = amongAlternatives(query, keys);
      return valuesOf(await dataSource.query(sql, [...parameters]));
    }),

  execute: (dataSource, statement, { timeoutMs }) =>
    sqlite.transact(
      dataSource,
      function* () {
        return (yield statement).affected;
      },
      timeoutMs,
    ),

  executeAll: allInOneTransaction,

  changeThenRead: (dataSource, change, reads, { timeoutMs }) =>
    sqlite.transact(
      dataSource,
      function* () {
        if ((yield change).affected === 0) return null;
        const found: RowValues[][] = [];
        for (const read of reads) found.push(valuesOf((yield read).rows));
        return found;
      },
      timeoutMs,
    ),

  apart: openApart,

  transact: (dataSource, script, timeoutMs) =>
    inTurn(dataSource, async () => {
      const queryRunner = dataSource.createQueryRunner();
      const deadline = Date.now() + timeoutMs;
      const connection: unknown = await queryRunner.connect();
      if (isSynchronous(connection)) return inOneGo(connection, dataSource, queryRunner, script, deadline);
      await waitForHost(queryRunner, deadline);
      return immediately(queryRunner, deadline, () => runScript(queryRunner, script()));
    }),
};

export const betterSqlite3: Engine = {
  ...sqlite,

  async read(dataSource, sql, timeoutMs) {
    const queryRunner = dataSource.createQueryRunner();
    const connection = (await queryRunner.connect()) as SynchronousConnection;
    return untilDeadline(Date.now() + timeoutMs, () => {
      dataSource.logger.logQuery(sql, [], queryRunner);
      return connection.prepare(sql).raw().all();
    });
  },

  findNow(dataSource, query, key) {
    const { databaseConnection } = dataSource.driver as unknown as {
      readonly databaseConnection: SynchronousConnection;
    };
    try {
      const statement = prepared(databaseConnection, query);
      dataSource.logger.logQuery(statement.sql, key as string[]);
      return statement.all(key);
    } catch (error) {
      if (sqliteFailure(error) === 'busy') return null;
      throw error;
    }
  },

  async find(dataSource, query, keys, timeoutMs) {
    const queryRunner = dataSource.createQueryRunner();
    const connection = (await queryRunner.connect()) as SynchronousConnection;
    return untilDeadline(Date.now() + timeoutMs, () => {
      // Inside `untilDeadline`, because preparing reads the schema and also fails while the file is locked.
      const statement = prepared(connection, query);
      return keys.flatMap((key) => {
        dataSource.logger.logQuery(statement.sql, [...key], queryRunner);
        return statement.all(key);
      });
    });
  },

  execute: (dataSource, { sql, parameters = [] }, { timeoutMs }) =>
    byItself(dataSource, { sql, parameters }, timeoutMs, (one) => one.run(...parameters).changes),

  insert: (batch) => rowByRow(batch, doubleQuoted),
  overwrite: (batch, key, assigned) => rowByRow(batch, doubleQuoted, overwritingOnConflict(key, assigned)),
};

/**
 * Executes statements in one transaction, and undoes them when one changes no row.
 * @returns how many changed a row
 */
async function allInOneTransaction(
  dataSource: DataSource,
  statements: readonly Statement[],
  { timeoutMs }: StatementOptions,
): Promise<number> {
  let changed = 0;
  const script = function* (): Script<void> {
    changed = 0;
    for (const statement of statements) {
      if ((yield statement).affected === 0) throw UNDONE;
      changed += 1;
    }
  };
  try {
    await sqlite.transact(dataSource, script, timeoutMs);
  } catch (error) {
    if (error === UNDONE) return changed;
    // A commit that finds the file busy, or a constraint broken, is certain not to have been carried out.
    const isCertain = ['busy', 'constraint'].includes(sqliteFailure(error));
    throw isCertain || changed < statements.length ? error : new CommitFailure(error);
  }
  return changed;
}

/** Thrown so that a transaction is rolled back. */
const UNDONE = new Error('A statement changed no row');

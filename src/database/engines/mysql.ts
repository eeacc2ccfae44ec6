/**
 * MariaDB and MySQL: DDL commits by itself, so a migration's steps must stand being run again; locks are by name and
 * for the whole server; text compares by collation.
 */
import { createHash } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { Engine } from '../engine';
import { escapedPath, literal } from '../path';
import { driverError } from '../failure';
import { runScript } from '../script';
import { inTransaction, onQueryRunner } from '../transaction';
import { amongAlternatives } from './alternatives';
import { valuesLists } from './batch';
import type { RowValues } from '../rows';
import { valuesOf } from '../rows';

/** In order of preference. The last pads with spaces: 'ada' and 'ada ' are one to it. */
const BYTE_COLLATIONS = ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin', 'utf8mb4_bin'];

export const mysql: Engine = {
  label: 'MariaDB or MySQL',
  rowLock: ' FOR UPDATE',
  absoluteTimestamp: 'timestamp',
  placeholder: () => '?',

  instantFromNow: (milliseconds) =>
    `CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3) + INTERVAL ${milliseconds * 1000} MICROSECOND, ` +
    "'%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')",
  characters: (column) => `CHAR_LENGTH(${column})`,
  undoesDdl: false,

  tablePresent: (table, schema) =>
    'SELECT COUNT(*) > 0 AS present FROM information_schema.tables ' +
    `WHERE table_schema = ${schema === undefined ? 'DATABASE()' : literal(schema)} AND table_name = ${literal(table)}`,

  insert: (batch) => valuesLists(batch, escape),

  overwrite: (batch, _key, assigned) => {
    const assignments = assigned.map((name) => `${escape(name)} = VALUES(${escape(name)})`).join(', ');
    return valuesLists(batch, escape, ` ON DUPLICATE KEY UPDATE ${assignments}`);
  },

  failure(error) {
    const { code } = driverError(error);
    if (code === 'ER_NO_SUCH_TABLE') return 'missing_table';
    if (code === 'ER_BAD_FIELD_ERROR') return 'missing_column';
    if (code === 'ER_DUP_ENTRY') return 'duplicate_key';
    if (code === 'ER_LOCK_DEADLOCK' || code === 'ER_CHECKREAD') return 'contended';
    if (code === 'ER_LOCK_WAIT_TIMEOUT') return 'busy';
    if (code === 'ER_OPTION_PREVENTS_STATEMENT' || code === 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION') {
      return 'read_only';
    }
    if (/^ER_(TABLEACCESS|DBACCESS|COLUMNACCESS|SPECIFIC_ACCESS)_DENIED_ERROR$/.test(code)) return 'denied';
    return 'other';
  },

  async byteExactText(queryRunner) {
    const rows: { Collation: string }[] = await queryRunner.query(
      "SHOW COLLATION WHERE Charset = 'utf8mb4' AND Collation LIKE '%bin'",
    );
    const offered = new Set(rows.map((row) => row.Collation));
    const collation = BYTE_COLLATIONS.find((candidate) => offered.has(candidate)) ?? 'utf8mb4_bin';
    return { charset: 'utf8mb4', collation };
  },

  async underMigrationLock(queryRunner, key, timeoutMs, work) {
    const limit = seconds(timeoutMs);
    const name = `mcp-connections:${createHash('sha256').update(key).digest('hex').slice(0, 40)}`;
    const [lock] = await queryRunner.query('SELECT GET_LOCK(?, ?) AS taken', [name, limit]);
    if (Number(lock.taken) !== 1) {
      throw new ConnectionsError(
        'database_busy',
        `Another process held the migration lock for ${limit} s. Start again when it has finished, ` +
          'or give a longer `lockTimeout`.',
      );
    }
    try {
      return await withLockWait(queryRunner, limit, work);
    } finally {
      await queryRunner.query('SELECT RELEASE_LOCK(?)', [name]).catch(() => undefined);
    }
  },

  keepingViews: (_queryRunner, work) => work(),

  keepingTriggersAndIndexes: (_queryRunner, _tablePath, work) => work(),

  async retype(queryRunner, table, changes) {
    const dataSource = dataSourceOf(queryRunner);
    const [before] = await queryRunner.query('SELECT @@SESSION.time_zone AS zone');
    await queryRunner.query("SET SESSION time_zone = '+00:00'");
    const held: string[] = [];
    try {
      for (const { to } of changes) {
        const encoding = to.collation ? ` CHARACTER SET ${to.charset} COLLATE ${to.collation}` : '';
        const definition = `${dataSource.driver.createFullType(to)}${encoding} ${to.isNullable ? 'NULL' : 'NOT NULL'}`;
        const byDefault = to.default === undefined ? '' : ` DEFAULT ${to.default}`;
        const path = escapedPath(dataSource, table.name);
        try {
          await queryRunner.query(`ALTER TABLE ${path} MODIFY ${escape(to.name)} ${definition}${byDefault}`);
        } catch (error) {
          if (!driverError(error).code.startsWith('ER_FK_COLUMN_CANNOT_CHANGE')) throw error;
          held.push(to.name);
        }
      }
    } finally {
      await queryRunner.query('SET SESSION time_zone = ?', [before.zone]).catch(() => undefined);
    }
    return held;
  },

  read: (dataSource, sql, timeoutMs, given) =>
    onQueryRunner(dataSource, given, async (queryRunner) => {
      const text = `${bounded(timeoutMs)} ${sql}`;
      if (given) return valuesOf(await given.query(text));
      const connection = (await queryRunner.connect()) as MysqlConnection;
      dataSource.logger.logQuery(text, [], queryRunner);
      return new Promise((resolve, reject) => {
        connection.query({ sql: text, rowsAsArray: true }, (error, rows) => {
          if (error === null) return resolve(rows);
          dataSource.logger.logQueryError(error, text, [], queryRunner);
          reject(error);
        });
      });
    }),

  find: (dataSource, query, keys) =>
    onQueryRunner(dataSource, undefined, async (queryRunner) => {
      const { sql, parameters } = amongAlternatives(query, keys);
      const connection = (await queryRunner.connect()) as MysqlConnection;
      dataSource.logger.logQuery(sql, [...parameters], queryRunner);
      return new Promise((resolve, reject) => {
        const sent = { sql, values: parameters, rowsAsArray: true } as const;
        connection[query.isPrepared ? 'execute' : 'query'](sent, (error, rows) => {
          if (error === null) return resolve(rows);
          dataSource.logger.logQueryError(error, sql, [...parameters], queryRunner);
          reject(error);
        });
      });
    }),

  // One round trip, its text and its values apart: nothing has to be quoted, whatever the session's SQL mode.
  execute: (dataSource, { sql, parameters = [] }, timeoutMs) =>
    onQueryRunner(
      dataSource,
      undefined,
      async (queryRunner) => {
        const connection = (await queryRunner.connect()) as MysqlConnection;
        const text = `${bounded(timeoutMs)} ${sql}`;
        dataSource.logger.logQuery(text, [...parameters], queryRunner);
        const header = await new Promise<Header>((resolve, reject) => {
          connection.execute({ sql: text, values: parameters, rowsAsArray: true }, (error, result) => {
            if (error === null) return resolve(result as unknown as Header);
            dataSource.logger.logQueryError(error, text, [...parameters], queryRunner);
            reject(error);
          });
        });
        // A host may have switched autocommit off for its sessions.
        if ((header.serverStatus & SERVER_STATUS_AUTOCOMMIT) === 0) await queryRunner.query('COMMIT');
        return header.affectedRows;
      },
      timeoutMs,
    ),

  apart: async (dataSource) => dataSource,

  transact: (dataSource, script, timeoutMs, given) =>
    onQueryRunner(
      dataSource,
      given,
      (queryRunner) =>
        withLockWait(queryRunner, seconds(timeoutMs), () =>
          inTransaction(queryRunner, () => runScript(queryRunner, script())),
        ),
      timeoutMs,
    ),
};

/** What mysql2's connection has and we use. */
interface MysqlConnection {
  query(...sent: Sent): void;
  /** Prepares what it has not, and keeps it. */
  execute(...sent: Sent): void;
}

type Sent = [
  query: { sql: string; values?: readonly unknown[]; rowsAsArray: true },
  done: (error: Error | null, rows: readonly RowValues[]) => void,
];

/** What mysql2 gives for a statement without rows. */
interface Header {
  readonly affectedRows: number;
  readonly serverStatus: number;
}

const SERVER_STATUS_AUTOCOMMIT = 2;

/** MySQL takes this for a comment and waits without a limit; it has no other way to say it in one statement. */
function bounded(timeoutMs: number): string {
  const limit = seconds(timeoutMs);
  return `/*M! SET STATEMENT lock_wait_timeout = ${limit}, innodb_lock_wait_timeout = ${limit} FOR */`;
}

/** As the server takes it: from one second to a year. */
function seconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs / 1000), 1), 31_536_000);
}

/** Bounds the wait for table and row locks, and gives the pooled session back as it was. */
async function withLockWait<Result>(
  queryRunner: QueryRunner,
  limit: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const [before] = await queryRunner.query(
    'SELECT @@SESSION.lock_wait_timeout AS tables_s, @@SESSION.innodb_lock_wait_timeout AS rows_s, ' +
      '@@SESSION.sql_mode AS mode',
  );
  if (String(before.mode).includes('NO_BACKSLASH_ESCAPES')) {
    throw new ConnectionsError(
      'engine_unsupported',
      'The session has the SQL mode NO_BACKSLASH_ESCAPES, under which the driver mysql2 does not quote texts safely. ' +
        'Nothing was written. Take that mode out of `sql_mode` for this connection.',
    );
  }
  const set = (tables: number, rows: number) =>
    queryRunner.query(
      `SET SESSION lock_wait_timeout = ${tables}, SESSION innodb_lock_wait_timeout = ${rows}`,
    );
  await set(limit, limit);
  try {
    return await work();
  } finally {
    await set(Number(before.tables_s), Number(before.rows_s)).catch(() => undefined);
  }
}

function escape(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

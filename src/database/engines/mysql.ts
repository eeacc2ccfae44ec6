/**
 * MariaDB and MySQL. DDL commits by itself, so the steps of a migration must be repeatable. Named locks are valid for the
 * whole server. Text compares by collation.
 */
import { createHash } from 'node:crypto';
import { ConnectionsError } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import type { Engine } from '../engine';
import { escapedPath, literal } from '../path';
import { driverError } from '../failure';
import { runScript, sent } from '../script';
import { inTransaction, onQueryRunner } from '../transaction';
import { amongAlternatives } from './alternatives';
import { valuesLists } from './batch';
import {
  allInOneTransaction,
  bounded,
  changeThenRead,
  executed,
  rowsOf,
  seconds,
  withLockWait,
} from './mysql-connection';
import { valuesOf } from '../rows';

/** In order of preference. The last one ignores trailing spaces: 'ada' equals 'ada '. */
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
  exactText: bytesOf,
  isExactly: (column, value) => `${bytesOf(column)} = ${bytesOf(value)}`,
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
    const { code, state } = driverError(error);
    if (code === 'ER_NO_SUCH_TABLE') return 'missing_table';
    if (code === 'ER_BAD_FIELD_ERROR') return 'missing_column';
    if (code === 'ER_DUP_ENTRY') return 'duplicate_key';
    if (code === 'ER_LOCK_DEADLOCK' || code === 'ER_CHECKREAD') return 'contended';
    if (code === 'ER_LOCK_WAIT_TIMEOUT') return 'busy';
    if (code === 'ER_OPTION_PREVENTS_STATEMENT' || code === 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION') {
      return 'read_only';
    }
    if (/^ER_(TABLEACCESS|DBACCESS|COLUMNACCESS|SPECIFIC_ACCESS)_DENIED_ERROR$/.test(code)) return 'denied';
    // The driver knows MariaDB's error of a CHECK under another name.
    if (state.startsWith('23')) return 'constraint';
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
    const [lock] = await queryRunner.query(`SELECT GET_LOCK('${name}', ${limit}) AS taken`);
    if (Number(lock.taken) !== 1) {
      throw new ConnectionsError(
        'database_busy',
        `Another process held the migration lock for longer than ${limit} s. Start again when it has finished, or raise ` +
          '`lockTimeoutMs`.',
      );
    }
    try {
      return await withLockWait(queryRunner, limit, work);
    } finally {
      await queryRunner.query(`SELECT RELEASE_LOCK('${name}')`).catch(() => undefined);
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
      const restored = { sql: 'SET SESSION time_zone = ?', parameters: [before.zone] };
      await sent(queryRunner, restored).catch(() => undefined);
    }
    return held;
  },

  read: (dataSource, sql, timeoutMs, given) =>
    onQueryRunner(dataSource, given, async (queryRunner) => {
      const text = `${bounded(timeoutMs)} ${sql}`;
      if (given) return valuesOf(await given.query(text));
      return rowsOf(dataSource, queryRunner, 'query', { sql: text });
    }),

  find: (dataSource, query, keys) =>
    onQueryRunner(dataSource, undefined, (queryRunner) =>
      rowsOf(dataSource, queryRunner, query.isPrepared ? 'execute' : 'query', amongAlternatives(query, keys)),
    ),

  execute: (dataSource, statement, { timeoutMs }) => executed(dataSource, statement, timeoutMs),

  executeAll: allInOneTransaction,

  changeThenRead,

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

function escape(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** The bytes of a text in UTF-8, whatever its character set: bytes compare without a collation. */
function bytesOf(text: string): string {
  return `CAST(CONVERT(${text} USING utf8mb4) AS BINARY)`;
}

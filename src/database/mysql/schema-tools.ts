/** Tables of MariaDB and MySQL: DDL commits by itself, and a named lock is valid for the whole server. */
import { createHash } from 'node:crypto';
import { ConnectionsError } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import { driverError } from '../failure';
import { escapedPath, literal } from '../path';
import type { SchemaTools } from '../schema-tools';
import { seconds, sentWithoutEscapes } from './client';
import { backquoted } from './dialect';
import { withLockWait } from './lock-wait';

/** In order of preference. The last one ignores trailing spaces: 'ada' equals 'ada '. */
const BYTE_COLLATIONS = ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin', 'utf8mb4_bin'];

export const mysqlSchema: SchemaTools = {
  undoesDdl: false,
  absoluteTimestamp: 'timestamp',
  characters: (column) => `CHAR_LENGTH(${column})`,
  send: sentWithoutEscapes,
  tablePresent: (table, schema) =>
    'SELECT COUNT(*) > 0 AS present FROM information_schema.tables ' +
    `WHERE table_schema = ${schema === undefined ? 'DATABASE()' : literal(schema)} AND table_name = ${literal(table)}`,

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
          await queryRunner.query(
            `ALTER TABLE ${path} MODIFY ${backquoted(to.name)} ${definition}${byDefault}`,
          );
        } catch (error) {
          if (!driverError(error).code.startsWith('ER_FK_COLUMN_CANNOT_CHANGE')) throw error;
          held.push(to.name);
        }
      }
    } finally {
      const restored = { sql: 'SET SESSION time_zone = ?', parameters: [before.zone] };
      await sentWithoutEscapes(queryRunner, restored).catch(() => undefined);
    }
    return held;
  },
};

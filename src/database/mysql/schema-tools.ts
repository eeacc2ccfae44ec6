/** Tables of MariaDB and MySQL: DDL commits by itself, and a named lock is valid for the whole server. */
import { createHash } from 'node:crypto';
import type { QueryRunner, TableColumn } from 'typeorm';
import { ConnectionsError } from '../../errors';
import { dataSourceOf } from '../../typeorm';
import { driverError } from '../failure';
import { backquoted, escapedPath, literal } from '../names';
import type { SchemaTools } from '../schema-tools';
import { sendWithoutEscapes } from './client';
import { instantSql } from './instant';
import { withKnownSession } from './known-session';
import { seconds, withLockWait } from './lock-limits';
import { inCatalogue, shapeOf } from './table-shape';
import { longerThan, tooLong } from './text-limits';

/** In order of preference. The last one ignores trailing spaces: 'ada' equals 'ada '. */
const BYTE_COLLATIONS = ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin', 'utf8mb4_bin'];

/** A VARCHAR of more characters would not fit into a row. */
const MOST_VARCHAR = 16_383;

export const mysqlSchema: SchemaTools = {
  undoesDdl: false,
  send: sendWithoutEscapes,
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

  ignoresSpaces: (collation) => collation === 'utf8mb4_bin',

  shapeOf,

  async isTransactional(queryRunner, tablePath) {
    const [row] = await queryRunner.query(
      'SELECT e.transactions AS can FROM information_schema.tables t JOIN information_schema.engines e ' +
        `ON e.engine = t.engine WHERE ${inCatalogue(tablePath, 't.table_schema', 't.table_name')}`,
    );
    return row?.can !== 'NO';
  },

  triggersBeforeUpdate: (queryRunner, tablePath) =>
    queryRunner.query(
      'SELECT trigger_name AS name, action_statement AS body FROM information_schema.triggers ' +
        `WHERE ${inCatalogue(tablePath, 'event_object_schema', 'event_object_table')} AND ` +
        "action_timing = 'BEFORE' AND event_manipulation = 'UPDATE' ORDER BY action_order",
    ),

  tooLong,

  lostIn(column, found) {
    const [, type = '', length = ''] = /^(\w+)(?:\((\d+)\))?/.exec(found.type) ?? [];
    const conditions: string[] = [];
    if (found.kinds.includes('text')) {
      const isLonger = longerThan(column, { type, length });
      if (isLonger !== null) conditions.push(isLonger);
      // A character that the encoding does not have becomes a question mark.
      if (found.charset !== undefined && found.charset !== 'utf8mb4') {
        conditions.push(
          `BINARY CONVERT(CONVERT(${column} USING ${found.charset}) USING utf8mb4) <> BINARY ${column}`,
        );
      }
    }
    if (found.kinds.includes('json')) conditions.push(`NOT JSON_VALID(${column})`);
    if (type === 'timestamp') conditions.push(`${column} > '2038-01-19 03:14:07'`);
    return conditions.length > 0 ? conditions.map((condition) => `(${condition})`).join(' OR ') : null;
  },

  instant: instantSql,

  holdsAnyText: false,

  rebuildsTables: false,

  computesValues: false,

  notText: () => null,

  wideType({ type, length }) {
    const isWide = type === 'longtext' || type === 'json';
    if (isWide) return { type: 'longtext', length: '' };
    return type === 'varchar' && Number(length) <= MOST_VARCHAR
      ? { type, length }
      : { type: 'mediumtext', length: '' };
  },

  underMigrationLock: (queryRunner, key, timeoutMs, work) =>
    withKnownSession(queryRunner, async () => {
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
    }),

  keepingViews: (_queryRunner, work) => work(),

  keepingTriggersAndIndexes: (_queryRunner, _tablePath, work) => work(),

  async addColumns(queryRunner, tablePath, columns) {
    const steps = columns.map(
      (column) => `ADD COLUMN ${backquoted(column.name)} ${definitionOf(queryRunner, column)}`,
    );
    await alter(queryRunner, tablePath, steps);
  },

  async retype(queryRunner, table, changes) {
    const inForeignKeys = new Set([
      ...table.foreignKeys.flatMap(({ columnNames }) => columnNames),
      ...(await referredColumns(queryRunner, table.name)),
    ]);
    const steps = changes.map(({ to }) => ({
      name: to.name,
      step: `MODIFY ${backquoted(to.name)} ${definitionOf(queryRunner, to)}`,
    }));
    const free = steps.filter(({ name }) => !inForeignKeys.has(name));
    const isDone =
      free.length === 0 ||
      (await modify(
        queryRunner,
        table.name,
        free.map(({ step }) => step),
      ));
    const held: string[] = [];
    // One that a foreign key uses stops them all.
    for (const { name, step } of isDone ? steps.filter((one) => !free.includes(one)) : steps) {
      if (!(await modify(queryRunner, table.name, [step]))) held.push(name);
    }
    return held;
  },

  async restore(queryRunner, table, columns) {
    const steps = columns.map(({ name, definition }) => `MODIFY ${backquoted(name)} ${definition}`);
    if (await modify(queryRunner, table.name, steps)) return;
    for (const step of steps) await modify(queryRunner, table.name, [step]);
  },
};

/** Columns that foreign keys, of any table, refer to. */
async function referredColumns(queryRunner: QueryRunner, tablePath: string): Promise<string[]> {
  const rows: { name: string }[] = await queryRunner.query(
    'SELECT DISTINCT referenced_column_name AS name FROM information_schema.key_column_usage ' +
      `WHERE ${inCatalogue(tablePath, 'referenced_table_schema', 'referenced_table_name')}`,
  );
  return rows.map(({ name }) => name);
}

function definitionOf(queryRunner: QueryRunner, column: TableColumn): string {
  // TypeORM names no character set that is the table's own; the collation says it as well.
  const encoding = column.collation ? ` COLLATE ${column.collation}` : '';
  const type = dataSourceOf(queryRunner).driver.createFullType(column);
  const byDefault = column.default === undefined ? '' : ` DEFAULT ${String(column.default)}`;
  return `${type}${encoding} ${column.isNullable ? 'NULL' : 'NOT NULL'}${byDefault}`;
}

/** @returns false when a foreign key uses one of the columns, which all stay as they are */
async function modify(
  queryRunner: QueryRunner,
  tablePath: string,
  steps: readonly string[],
): Promise<boolean> {
  try {
    await alter(queryRunner, tablePath, steps);
    return true;
  } catch (error) {
    const { code, message } = driverError(error);
    // In the second case the server noticed only while it renamed the changed copy.
    if (code.startsWith('ER_FK_COLUMN_CANNOT_CHANGE') || /errno: 150\b/.test(message)) return false;
    throw error;
  }
}

async function alter(queryRunner: QueryRunner, tablePath: string, steps: readonly string[]): Promise<void> {
  const path = escapedPath(dataSourceOf(queryRunner), tablePath);
  await queryRunner.query(`ALTER TABLE ${path} ${steps.join(', ')}`);
}

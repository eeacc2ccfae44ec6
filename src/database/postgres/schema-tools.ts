/** Tables of PostgreSQL: DDL is transactional, and an advisory lock ends with the transaction. */
import { createHash } from 'node:crypto';
import { dataSourceOf } from '../../typeorm';
import { doubleQuoted, escapedPath, literal } from '../names';
import type { SchemaTools } from '../schema-tools';
import type { FoundColumn } from '../table-shape';
import { widthOf } from '../table-shape';
import { inTransaction, sendStatement } from '../transaction';
import { milliseconds } from './client';
import { instantSql } from './instant';
import { useKnownSettings } from './known-session';
import { shapeOf } from './table-shape';

/** First half of every advisory lock key of this package: "mcpc" in ASCII. */
const LOCK_CLASS = 0x6d637063;

export const postgresSchema: SchemaTools = {
  undoesDdl: true,
  send: sendStatement,
  tablePresent: (table, schema) => {
    const path =
      schema === undefined ? doubleQuoted(table) : `${doubleQuoted(schema)}.${doubleQuoted(table)}`;
    return `SELECT to_regclass(${literal(path)}) IS NOT NULL AS present`;
  },

  byteExactText: async () => null,

  ignoresSpaces: () => false,

  shapeOf,

  isTransactional: async () => true,

  // A computed value does not pass them. The body is only asked for where DDL cannot be undone.
  triggersBeforeUpdate: (queryRunner, tablePath) =>
    queryRunner.query(
      "SELECT tgname AS name, '' AS body FROM pg_trigger WHERE NOT tgisinternal AND " +
        // The fifth bit says that it is for updates; one may be disabled, or be for replicas alone.
        "tgenabled IN ('O', 'A') AND (tgtype & 16) <> 0 AND " +
        `tgrelid = ${literal(tablePath.split('.').map(doubleQuoted).join('.'))}::regclass`,
    ),

  tooLong(column, { length }, found) {
    if (length === '' || (isBounded(found) && widthOf(found) <= Number(length))) return null;
    return `LENGTH(${column}::text) > ${Number(length)}`;
  },

  instant: instantSql,

  holdsAnyText: false,

  rebuildsTables: false,

  computesValues: true,

  lostIn(column, { type }) {
    const limit = /^character(?: varying)?\((\d+)\)/.exec(type)?.[1];
    return limit === undefined ? null : `LENGTH(${column}::text) > ${limit}`;
  },

  notText: () => null,

  wideType: ({ type, length }) => ({ type, length }),

  underMigrationLock: (queryRunner, key, timeoutMs, work) =>
    inTransaction(queryRunner, async () => {
      await queryRunner.query(`SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`);
      await queryRunner.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, hash32(key)]);
      await useKnownSettings(queryRunner);
      return work();
    }),

  keepingViews: (_queryRunner, work) => work(),

  keepingTriggersAndIndexes: (_queryRunner, _tablePath, work) => work(),

  async addColumns(queryRunner, tablePath, columns) {
    const dataSource = dataSourceOf(queryRunner);
    const steps = columns.map((column) => {
      const byDefault = column.default === undefined ? '' : ` DEFAULT ${String(column.default)}`;
      const type = `${dataSource.driver.createFullType(column)}${column.isNullable ? '' : ' NOT NULL'}`;
      return `ADD COLUMN ${doubleQuoted(column.name)} ${type}${byDefault}`;
    });
    await queryRunner.query(`ALTER TABLE ${escapedPath(dataSource, tablePath)} ${steps.join(', ')}`);
  },

  async retype(queryRunner, table, changes) {
    const dataSource = dataSourceOf(queryRunner);
    const steps = changes.flatMap(({ to, value }) => {
      const column = `ALTER COLUMN ${doubleQuoted(to.name)}`;
      const collation = isText(to.type) ? ' COLLATE "default"' : '';
      // A text that is too long is an error; an explicit cast would cut it.
      const using = value === undefined ? '' : ` USING ${value}`;
      return [
        ...(to.default === undefined ? [`${column} DROP DEFAULT`] : []),
        `${column} TYPE ${dataSource.driver.createFullType(to)}${collation}${using}`,
        ...(to.default === undefined ? [] : [`${column} SET DEFAULT ${String(to.default)}`]),
        ...(to.isPrimary ? [] : [`${column} ${to.isNullable ? 'DROP' : 'SET'} NOT NULL`]),
      ];
    });
    await queryRunner.query(`ALTER TABLE ${escapedPath(dataSource, table.name)} ${steps.join(', ')}`);
    return [];
  },

  async restore(queryRunner, table, columns) {
    const steps = columns.flatMap(({ name, type, definition, nullable, default: initial }) => {
      const column = `ALTER COLUMN ${doubleQuoted(name)}`;
      return [
        `${column} DROP DEFAULT`,
        `${column} TYPE ${definition} USING ${doubleQuoted(name)}::${type}`,
        ...(initial === null ? [] : [`${column} SET DEFAULT ${initial}`]),
        ...(table.findColumnByName(name)?.isPrimary
          ? []
          : [`${column} ${nullable ? 'DROP' : 'SET'} NOT NULL`]),
      ];
    });
    const path = escapedPath(dataSourceOf(queryRunner), table.name);
    await queryRunner.query(`ALTER TABLE ${path} ${steps.join(', ')}`);
  },
};

function isText(type: string): boolean {
  return /char|text/.test(type);
}

function isBounded({ type }: FoundColumn): boolean {
  return type.startsWith('character');
}

function hash32(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE(0);
}

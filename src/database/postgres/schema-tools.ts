/** Tables of PostgreSQL: DDL is transactional, and an advisory lock ends with the transaction. */
import { createHash } from 'node:crypto';
import { dataSourceOf } from '../../typeorm';
import { doubleQuoted, escapedPath, literal } from '../path';
import type { SchemaTools } from '../schema-tools';
import { inTransaction, sent } from '../transaction';
import { milliseconds } from './client';

/** First half of every advisory lock key of this package: "mcpc" in ASCII. */
const LOCK_CLASS = 0x6d637063;

export const postgresSchema: SchemaTools = {
  undoesDdl: true,
  absoluteTimestamp: 'timestamp with time zone',
  characters: (column) => `LENGTH(${column}::text)`,
  send: sent,
  tablePresent: (table, schema) => {
    const path =
      schema === undefined ? doubleQuoted(table) : `${doubleQuoted(schema)}.${doubleQuoted(table)}`;
    return `SELECT to_regclass(${literal(path)}) IS NOT NULL AS present`;
  },

  byteExactText: async () => null,

  underMigrationLock: (queryRunner, key, timeoutMs, work) =>
    inTransaction(queryRunner, async () => {
      await queryRunner.query(`SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`);
      await queryRunner.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, hash32(key)]);
      return work();
    }),

  keepingViews: (_queryRunner, work) => work(),

  keepingTriggersAndIndexes: (_queryRunner, _tablePath, work) => work(),

  async retype(queryRunner, table, changes) {
    const dataSource = dataSourceOf(queryRunner);
    await queryRunner.query("SET LOCAL DateStyle = 'ISO, YMD'");
    await queryRunner.query("SET LOCAL TimeZone = 'UTC'");
    const steps = changes.flatMap(({ from, to }) => {
      const column = `ALTER COLUMN ${doubleQuoted(to.name)}`;
      const type = dataSource.driver.createFullType(to);
      return [
        ...(to.default === undefined ? [`${column} DROP DEFAULT`] : []),
        `${column} TYPE ${type} USING ${doubleQuoted(from.name)}::${type}`,
        `${column} ${to.isNullable ? 'DROP' : 'SET'} NOT NULL`,
      ].filter((step) => !(to.isPrimary && step.endsWith('NOT NULL')));
    });
    await queryRunner.query(`ALTER TABLE ${escapedPath(dataSource, table.name)} ${steps.join(', ')}`);
    return [];
  },
};

function hash32(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE(0);
}

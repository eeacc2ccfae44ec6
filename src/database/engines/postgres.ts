/** PostgreSQL: transactional DDL, advisory locks, and batches of rows in one JSON parameter. */
import { createHash } from 'node:crypto';
import { dataSourceOf } from '../../typeorm';
import type { Engine, RowBatch } from '../engine';
import { driverError } from '../failure';
import { doubleQuoted, escapedPath, literal } from '../path';
import type { LookupQuery } from '../lookup';
import { valuesOf } from '../rows';
import type { Statement } from '../script';
import { runScript } from '../script';
import { inTransaction, onQueryRunner } from '../transaction';
import { chunks, overwritingOnConflict } from './batch';
import type { PostgresClient } from './postgres-connection';
import {
  allInOneTrip,
  changeThenRead,
  inOneTrip,
  isStale,
  milliseconds,
  nameOf,
} from './postgres-connection';

/** First half of every advisory lock key of this package: "mcpc" in ASCII. */
const LOCK_CLASS = 0x6d637063;

/** Size of one JSON text: far below the 256 MB that a jsonb array may have. */
const JSON_TEXT = { rows: 100_000, characters: 16_000_000 };

export const postgres: Engine = {
  label: 'PostgreSQL',
  rowLock: ' FOR UPDATE',
  absoluteTimestamp: 'timestamp with time zone',
  placeholder: (position) => `$${position}`,

  instantFromNow: (ms) =>
    `to_char((clock_timestamp() + interval '${ms} milliseconds') AT TIME ZONE 'UTC', ` +
    `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  characters: (column) => `LENGTH(${column}::text)`,
  exactText: (column) => `${column} COLLATE "C"`,
  isExactly: (column, value) => `${column} COLLATE "C" = ${value}`,
  undoesDdl: true,

  tablePresent: (table, schema) => {
    const path =
      schema === undefined ? doubleQuoted(table) : `${doubleQuoted(schema)}.${doubleQuoted(table)}`;
    return `SELECT to_regclass(${literal(path)}) IS NOT NULL AS present`;
  },

  insert: (batch) => fromJson(batch),
  overwrite: (batch, key, assigned) => fromJson(batch, overwritingOnConflict(key, assigned)),

  failure(error) {
    const { code } = driverError(error);
    if (code === '3F000') return 'missing_schema';
    if (code === '42P01') return 'missing_table';
    if (code === '42703') return 'missing_column';
    if (code === '23505') return 'duplicate_key';
    if (code === '40P01' || code === '40001') return 'contended';
    if (code === '55P03') return 'busy';
    if (code === '25006') return 'read_only';
    if (code === '42501') return 'denied';
    if (code.startsWith('23')) return 'constraint';
    return 'other';
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

  // On a query runner of the host, no transaction is begun or committed: the host may have begun one with its own SQL.
  read: async (dataSource, sql, timeoutMs, given) => {
    if (given) return valuesOf(await given.query(sql));
    return onQueryRunner(dataSource, undefined, async (queryRunner) => {
      const text = `BEGIN; SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}; ${sql}; COMMIT`;
      const client = (await queryRunner.connect()) as PostgresClient;
      dataSource.logger.logQuery(text, [], queryRunner);
      try {
        const results = await client.query({ text, rowMode: 'array' });
        return results[2]?.rows ?? [];
      } catch (error) {
        dataSource.logger.logQueryError(error as Error, text, [], queryRunner);
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  },

  find: (dataSource, query, keys) =>
    onQueryRunner(dataSource, undefined, async (queryRunner) => {
      const [first = []] = keys;
      const text = keys.length === 1 ? equalTo(query) : amongArrays(query);
      const values = keys.length === 1 ? first : first.map((_, part) => keys.map((key) => key[part]));
      const client = (await queryRunner.connect()) as PostgresClient;
      const send = (name?: string) => client.query({ name, text, values, rowMode: 'array' });
      dataSource.logger.logQuery(text, [...values], queryRunner);
      try {
        if (!query.isPrepared) return (await send()).rows;
        return (
          await send(nameOf(text)).catch((error: unknown) =>
            isStale(error) ? send() : Promise.reject(error),
          )
        ).rows;
      } catch (error) {
        dataSource.logger.logQueryError(error as Error, text, [...values], queryRunner);
        throw error;
      }
    }),

  execute: async (dataSource, statement, how) =>
    (await inOneTrip(dataSource, [statement], how))[0]?.rowCount ?? 0,

  executeAll: allInOneTrip,

  changeThenRead,

  apart: async (dataSource) => dataSource,

  transact: (dataSource, script, timeoutMs, given) =>
    onQueryRunner(
      dataSource,
      given,
      (queryRunner) =>
        inTransaction(queryRunner, async () => {
          await queryRunner.query(`SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`);
          return runScript(queryRunner, script());
        }),
      timeoutMs,
    ),
};

/** The rows as one JSON text of arrays, which the server reads faster than objects, array parameters or VALUES lists. */
function fromJson(batch: RowBatch, tail = ''): Statement[] {
  const names = [...batch.columns.map(({ name }) => name), ...Object.keys(batch.shared)];
  const own = batch.columns.map(({ kind }, index) => {
    const value = `r->>${index}`;
    return kind === 'text' ? value : `(${value})::${kind}`;
  });
  const shared = Object.values(batch.shared);
  const values = [...own, ...shared.map((_, index) => `$${index + 2}::text`)];
  const sql =
    `INSERT INTO ${batch.table} (${names.map(doubleQuoted).join(', ')}) SELECT ${values.join(', ')} ` +
    `FROM jsonb_array_elements($1::jsonb) AS r${tail}`;
  return chunks(batch.rows, JSON_TEXT).map((rows) => ({
    sql,
    parameters: [JSON.stringify(rows), ...shared],
  }));
}

const equalTo = memo(
  ({ select, key }) =>
    `${select} WHERE ${key.map((column, index) => `${column} = $${index + 1}`).join(' AND ')}`,
);

/** One statement for any number of keys, with one array parameter for each part of the key. */
const amongArrays = memo(({ select, key }) => {
  const arrays = key.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const parts = key.map((_, index) => `part${index}`);
  const matches = key.map((column, index) => `${column} = asked.${parts[index]}`).join(' AND ');
  return `${select} JOIN unnest(${arrays}) AS asked(${parts.join(', ')}) ON ${matches}`;
});

function memo(textOf: (query: LookupQuery) => string): (query: LookupQuery) => string {
  const texts = new WeakMap<LookupQuery, string>();
  return (query) => {
    const text = texts.get(query) ?? textOf(query);
    texts.set(query, text);
    return text;
  };
}

function hash32(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE(0);
}

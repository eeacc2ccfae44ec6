/** SQL of PostgreSQL, where batches of rows are one JSON parameter and any number of keys are arrays; and what its errors mean. */
import { ConnectionsError } from '../../errors';
import { chunksOf } from '../chunks';
import type { Dialect, LookupQuery, RowBatch } from '../dialect';
import type { DatabaseFailure } from '../failure';
import { driverError } from '../failure';
import { doubleQuoted } from '../names';
import { overwritingOnConflict, rowLength } from '../sql/batch';
import type { Statement } from '../statement';

/** Size of one JSON text: far below the 256 MB that a jsonb array may have. */
const JSON_TEXT = { items: 100_000, characters: 16_000_000 };

export const postgresDialect: Dialect = {
  rowLock: ' FOR UPDATE',
  placeholder: (position) => `$${position}`,
  instantFromNow: (ms) =>
    `to_char((clock_timestamp() + interval '${ms} milliseconds') AT TIME ZONE 'UTC', ` +
    `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  exactText: (text) => `${text} COLLATE "C"`,
  lines: (texts) => texts.join(` || '\n' || `),
  among: (column, given, value) => `${column} = ANY (${value(arrayText(given))}::text[])`,
  after: (columns, last, value) => `(${columns.join(', ')}) > (${last.map(value).join(', ')})`,
  lookup(query, keys) {
    const [first = []] = keys;
    if (keys.length === 1) return { sql: equalTo(query), parameters: first };
    return { sql: amongArrays(query), parameters: first.map((_, part) => keys.map((key) => key[part])) };
  },
  insert: (batch) => fromJson(batch),
  overwrite: (batch, key, assigned) => fromJson(batch, overwritingOnConflict(key, assigned)),
};

/** An array as a text, since a text of several statements has no other values. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

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
  return chunksOf(batch.rows, rowLength, JSON_TEXT).map((rows) => ({
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

/** By SQLSTATE. */
export function postgresFailure(error: unknown): DatabaseFailure {
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
}

/** Whether an error came before the commit: of a statement, or of a client that sent nothing. */
export function isBeforeCommit(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof ConnectionsError) return true;
  const { code, message } = driverError(error);
  if (message.includes('not queryable')) return true;
  const isSqlState = /^(?:\d[\dA-Z]{4}|P0\d{3})$/.test(code);
  // Errors of a broken connection, of a pooler, or of a server that is stopping may have come after the commit.
  return isSqlState && !/^(08|58|57P)/.test(code);
}

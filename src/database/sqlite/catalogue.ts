/** What a table of SQLite is made of, from its pragmas and its own CREATE TABLE. */
import type { QueryRunner } from 'typeorm';
import type { Catalogue, ColumnKind, FoundCheck, FoundColumn, FoundKey, TableShape } from '../catalogue';
import { bareName, doubleQuoted, literal } from '../names';

async function shapeOf(queryRunner: QueryRunner, tablePath: string): Promise<TableShape> {
  const table = bareName(tablePath);
  const [master] = await queryRunner.query('SELECT type, sql FROM sqlite_master WHERE name = ?', [table]);
  const sql = String(master?.sql ?? '');
  const columns: ColumnRow[] = await queryRunner.query(`PRAGMA table_xinfo(${doubleQuoted(table)})`);
  const indexes: IndexRow[] = await queryRunner.query(`PRAGMA index_list(${doubleQuoted(table)})`);
  const keys: FoundKey[] = [];
  for (const index of indexes.filter(({ origin }) => origin !== 'pk')) {
    keys.push(await foundKey(queryRunner, table, index));
  }
  return {
    other: master?.type === 'view' ? 'a view' : /^\s*CREATE\s+VIRTUAL/i.test(sql) ? 'a virtual table' : null,
    columns: columns.map(foundColumn),
    primaryKey: columns
      .filter(({ pk }) => Number(pk) > 0)
      .toSorted((one, other) => Number(one.pk) - Number(other.pk))
      .map(({ name }) => name),
    keys,
    checks: checksOf(
      sql,
      columns.map(({ name }) => name),
    ),
  };
}

/** A number, or a bigint where the host has asked its driver for those. */
type Integer = number | bigint;

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: Integer;
  readonly dflt_value: string | null;
  readonly pk: Integer;
  readonly hidden: Integer;
}

interface IndexRow {
  readonly name: string;
  readonly unique: Integer;
  readonly origin: 'c' | 'u' | 'pk';
  readonly partial: Integer;
}

interface IndexPart {
  /** Null for an expression. */
  readonly name: string | null;
  readonly desc: Integer;
  readonly key: Integer;
}

function foundColumn({ name, type, notnull, dflt_value, hidden }: ColumnRow): FoundColumn {
  const nullable = Number(notnull) === 0;
  const initial = dflt_value === null ? '' : ` DEFAULT ${dflt_value}`;
  return {
    name,
    type,
    definition: `${type}${nullable ? '' : ' NOT NULL'}${initial}`,
    nullable,
    default: dflt_value,
    kinds: kindsOf(type),
    absolute: false,
    generated: Number(hidden) > 1,
  };
}

/** As SQLite itself goes by parts of the name of a type, which may be any. */
function kindsOf(type: string): readonly ColumnKind[] {
  if (/char|clob|text/i.test(type)) return ['text'];
  if (/^jsonb?$/i.test(type)) return ['json'];
  if (/^bool/i.test(type)) return ['boolean'];
  if (/^tinyint/i.test(type)) return ['integer', 'boolean'];
  if (/^date$|^datetime|^timestamp/i.test(type)) return ['instant'];
  return /^(?:small|medium|big|unsigned big )?int/i.test(type) ? ['integer', 'boolean'] : [];
}

async function foundKey(queryRunner: QueryRunner, table: string, index: IndexRow): Promise<FoundKey> {
  const all: IndexPart[] = await queryRunner.query(`PRAGMA index_xinfo(${doubleQuoted(index.name)})`);
  const parts = all.filter(({ key }) => Number(key) === 1);
  const columns = parts.flatMap(({ name }) => name ?? []);
  const isUnique = Number(index.unique) === 1;
  const [master] = await queryRunner.query(
    `SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ${literal(index.name)}`,
  );
  const own = (master?.sql ?? null) as string | null;
  // A constraint has no statement of its own, and SQLite's name for it cannot be given to an index.
  const name = own === null ? `uq_${table}_${columns.join('_')}` : index.name;
  const listed = columns.map(doubleQuoted).join(', ');
  return {
    name,
    columns,
    isUnique,
    // The collation of a column goes with its type; one that an index names does not.
    isWhole:
      Number(index.partial) === 0 &&
      parts.every((part) => part.name !== null && Number(part.desc) === 0) &&
      !/\bCOLLATE\b/i.test(own ?? ''),
    statement: own ?? `CREATE UNIQUE INDEX ${doubleQuoted(name)} ON ${doubleQuoted(table)} (${listed})`,
  };
}

/** Texts and comments, then quoted names. */
const QUOTED = /('(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/)|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/g;

/** The conditions in a CREATE TABLE, with the columns whose names they contain; not what only looks like one in a text. */
function checksOf(sql: string, columns: readonly string[]): FoundCheck[] {
  const blank = (quoted: string) => ' '.repeat(quoted.length);
  const outline = sql.replace(QUOTED, blank);
  const named = sql.replace(QUOTED, (quoted, text?: string) => (text === undefined ? quoted : blank(quoted)));
  return [...outline.matchAll(/\bCHECK\s*\(/gi)].map(({ index, 0: opening }) => {
    const start = index + opening.length;
    const end = closingParenthesis(outline, start);
    const words = new Set(
      (named.slice(start, end).match(/[\p{L}\d_$]+/gu) ?? []).map((word) => word.toLowerCase()),
    );
    return {
      name: sql.slice(start, end).trim(),
      columns: columns.filter((name) => words.has(name.toLowerCase())),
    };
  });
}

/** The position of the parenthesis that closes the one before `from`. */
function closingParenthesis(sql: string, from: number): number {
  let depth = 1;
  for (let position = from; position < sql.length; position += 1) {
    if (sql[position] === '(') depth += 1;
    if (sql[position] === ')') depth -= 1;
    if (depth === 0) return position;
  }
  return sql.length;
}

export const sqliteCatalogue: Catalogue = {
  tablePresent: (table, schema) => {
    const master = schema === undefined ? 'sqlite_master' : `${doubleQuoted(schema)}.sqlite_master`;
    return `SELECT COUNT(*) AS present FROM ${master} WHERE type = 'table' AND name = ${literal(table)}`;
  },

  shapeOf,

  isTransactional: async () => true,

  // None are left to report: an adoption has dropped the table's triggers by then (see `keepingTriggersAndIndexes`).
  triggersBeforeUpdate: async () => [],

  byteExactText: async () => null,
};

/** What a table of MariaDB or MySQL is made of, from information_schema and the server's own CREATE TABLE. */
import type { QueryRunner } from 'typeorm';
import { dataSourceOf } from '../../typeorm';
import type { Catalogue, ColumnKind, FoundCheck, FoundColumn, FoundKey, TableShape } from '../catalogue';
import { backquoted, escapedPath, literal } from '../names';

/** By the name of a type. A BLOB, a SET, an ENUM, a BIT or a geometry is none of these. */
const KINDS: Readonly<Record<string, readonly ColumnKind[]>> = {
  ...Object.fromEntries(
    ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext'].map((name) => [name, ['text']]),
  ),
  json: ['json'],
  ...Object.fromEntries(['smallint', 'mediumint', 'int', 'bigint'].map((name) => [name, ['integer']])),
  tinyint: ['integer', 'boolean'],
  ...Object.fromEntries(['date', 'datetime', 'timestamp'].map((name) => [name, ['instant']])),
};

/** A condition on the rows of information_schema that are about a table. */
export function inCatalogue(
  tablePath: string,
  schemaColumn = 'table_schema',
  tableColumn = 'table_name',
): string {
  const [table = '', database] = tablePath.split('.').toReversed();
  const schema = database === undefined ? 'DATABASE()' : literal(database);
  return `${schemaColumn} = ${schema} AND ${tableColumn} = ${literal(table)}`;
}

async function shapeOf(queryRunner: QueryRunner, tablePath: string): Promise<TableShape> {
  const path = escapedPath(dataSourceOf(queryRunner), tablePath);
  const [created] = await queryRunner.query(`SHOW CREATE TABLE ${path}`);
  const statement = created['Create Table'] as string | undefined;
  if (statement === undefined) return { other: 'a view', columns: [], primaryKey: [], keys: [], checks: [] };
  const lines = statement.split('\n').map((line) => line.trim().replace(/,$/, ''));
  const rows: ColumnRow[] = await queryRunner.query(
    'SELECT column_name AS name, data_type AS base, column_type AS type, is_nullable AS nullable, ' +
      'column_default AS initial, extra, character_set_name AS charset, collation_name AS collation ' +
      `FROM information_schema.columns WHERE ${inCatalogue(tablePath)} ORDER BY ordinal_position`,
  );
  const parts: KeyPart[] = await queryRunner.query(`SHOW INDEX FROM ${path}`);
  const names = [...new Set(parts.map(({ Key_name }) => Key_name))];
  const keys = names.map((key) =>
    foundKey(
      path,
      parts.filter(({ Key_name }) => Key_name === key),
    ),
  );
  return {
    other: otherThanTable(statement),
    columns: rows.map((row) => foundColumn(row, lines)),
    primaryKey: keys.find((key) => key.name === 'PRIMARY')?.columns ?? [],
    keys: keys.filter((key) => key.name !== 'PRIMARY'),
    checks: lines.flatMap(checkOf),
  };
}

interface ColumnRow {
  readonly name: string;
  readonly base: string;
  readonly type: string;
  readonly nullable: 'YES' | 'NO';
  readonly initial: string | null;
  readonly extra: string;
  readonly charset: string | null;
  readonly collation: string | null;
}

/** As SHOW INDEX names them. */
interface KeyPart {
  readonly Key_name: string;
  readonly Non_unique: number | string;
  readonly Column_name: string | null;
  readonly Collation: string | null;
  readonly Sub_part: number | string | null;
  readonly Index_type: string;
}

function otherThanTable(statement: string): string | null {
  if (/^\s*(\/\*!\d*)?\s*PARTITION BY /m.test(statement)) return 'a partitioned table';
  return /WITH SYSTEM VERSIONING/.test(statement) ? 'a table with system versioning' : null;
}

function foundColumn(row: ColumnRow, lines: readonly string[]): FoundColumn {
  const { name, type, extra, charset, collation } = row;
  const quoted = `${backquoted(name)} `;
  const definition = lines.find((line) => line.startsWith(quoted))?.slice(quoted.length) ?? type;
  const hasDefault = row.initial !== null && row.initial !== 'NULL';
  return {
    name,
    type,
    definition: withEncoding(definition, charset, collation),
    nullable: row.nullable === 'YES',
    default: /auto_increment/i.test(extra) ? 'AUTO_INCREMENT' : hasDefault ? row.initial : null,
    kinds: isJson(definition) ? ['json'] : (KINDS[row.base] ?? []),
    absolute: row.base === 'timestamp',
    generated: /\b(VIRTUAL|STORED|PERSISTENT|INVISIBLE)\b/i.test(extra.replace('DEFAULT_GENERATED', '')),
    charset: charset ?? undefined,
    collation: collation ?? undefined,
  };
}

/** MariaDB's JSON is a LONGTEXT with a condition. */
function isJson(definition: string): boolean {
  return /^longtext\b.* CHECK \(json_valid\(/.test(definition);
}

/** The server leaves out an encoding that is the table's own, which may be another one later. */
function withEncoding(definition: string, charset: string | null, collation: string | null): string {
  if (charset === null || collation === null) return definition;
  const [, type = '', rest = ''] =
    /^(\w+(?:\([^)]*\))?)(?: CHARACTER SET \w+)?(?: COLLATE \w+)?(.*)$/.exec(definition) ?? [];
  return `${type} CHARACTER SET ${charset} COLLATE ${collation}${rest}`;
}

function foundKey(path: string, parts: readonly KeyPart[]): FoundKey {
  const [{ Key_name: name, Non_unique, Index_type } = parts[0] as KeyPart] = parts;
  const isUnique = Number(Non_unique) === 0;
  const columns = parts.flatMap(({ Column_name }) => Column_name ?? []);
  return {
    name,
    columns,
    isUnique,
    isWhole:
      Index_type === 'BTREE' &&
      parts.every(
        ({ Column_name, Sub_part, Collation }) =>
          Column_name !== null && Sub_part === null && Collation !== 'D',
      ),
    statement: `ALTER TABLE ${path} ADD ${isUnique ? 'UNIQUE ' : ''}KEY ${backquoted(name)} (${columns.map(backquoted).join(', ')})`,
  };
}

/** Texts, then quoted names. */
const QUOTED = /('(?:[^'\\]|\\.|'')*')|`(?:[^`]|``)*`/g;

/** A line of CREATE TABLE with a condition; one that only says that a column is JSON goes with the type. */
function checkOf(line: string): FoundCheck[] {
  const blank = (quoted: string) => ' '.repeat(quoted.length);
  const { index, 0: found } = /\bCHECK \(.*\)/.exec(line.replace(QUOTED, blank)) ?? {};
  if (index === undefined || found === undefined) return [];
  const condition = line.slice(index + 'CHECK ('.length, index + found.length - 1);
  if (/^json_valid\(`(?:[^`]|``)+`\)$/.test(condition)) return [];
  const constraint = /^CONSTRAINT `((?:[^`]|``)+)`/.exec(line)?.[1];
  const own = /^`((?:[^`]|``)+)`/.exec(line)?.[1];
  const names = condition.replace(QUOTED, (quoted, text?: string) =>
    text === undefined ? quoted : blank(quoted),
  );
  const columns = [...names.matchAll(/`((?:[^`]|``)+)`/g)].map(([, name = '']) => name.replaceAll('``', '`'));
  return [{ name: constraint ?? own ?? condition, columns: own === undefined ? columns : [...columns, own] }];
}

/** In order of preference. The last one ignores trailing spaces: 'ada' equals 'ada '. */
const BYTE_COLLATIONS = ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin', 'utf8mb4_bin'];

export const mysqlCatalogue: Catalogue = {
  tablePresent: (table, schema) =>
    'SELECT COUNT(*) > 0 AS present FROM information_schema.tables ' +
    `WHERE table_schema = ${schema === undefined ? 'DATABASE()' : literal(schema)} AND table_name = ${literal(table)}`,

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

  async byteExactText(queryRunner) {
    const rows: { Collation: string }[] = await queryRunner.query(
      "SHOW COLLATION WHERE Charset = 'utf8mb4' AND Collation LIKE '%bin'",
    );
    const offered = new Set(rows.map((row) => row.Collation));
    const collation = BYTE_COLLATIONS.find((candidate) => offered.has(candidate)) ?? 'utf8mb4_bin';
    return { charset: 'utf8mb4', collation };
  },
};

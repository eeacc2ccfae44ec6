/** What a table of PostgreSQL is made of, from the system catalogues. */
import type { QueryRunner } from 'typeorm';
import type { Catalogue, ColumnKind, FoundCheck, FoundColumn, FoundKey, TableShape } from '../catalogue';
import { doubleQuoted, literal } from '../names';

/** By the name of a base type; a domain, an enum or an array is none of these. */
const KINDS: Readonly<Record<string, readonly ColumnKind[]>> = {
  ...Object.fromEntries(['varchar', 'text', 'bpchar', 'citext'].map((name) => [name, ['text']])),
  ...Object.fromEntries(['json', 'jsonb'].map((name) => [name, ['json']])),
  ...Object.fromEntries(['int2', 'int4', 'int8'].map((name) => [name, ['integer']])),
  ...Object.fromEntries(['timestamp', 'timestamptz', 'date'].map((name) => [name, ['instant']])),
  bool: ['boolean'],
};

const OTHERS: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  p: 'a partitioned table',
};

/** A table as the system catalogues know it, in SQL. */
function regclass(tablePath: string): string {
  return `${literal(tablePath.split('.').map(doubleQuoted).join('.'))}::regclass`;
}

async function shapeOf(queryRunner: QueryRunner, tablePath: string): Promise<TableShape> {
  const table = regclass(tablePath);
  const [relation] = await queryRunner.query(
    `SELECT relkind::text AS kind FROM pg_class WHERE oid = ${table}`,
  );
  const columns: ColumnRow[] = await queryRunner.query(
    'SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required, ' +
      "t.typtype = 'b' AS base, t.typname AS basename, a.attidentity <> '' AS identity, " +
      "to_jsonb(a) ->> 'attgenerated' AS generated, pg_get_expr(d.adbin, d.adrelid) AS initial, " +
      'CASE WHEN a.attcollation <> t.typcollation THEN ' +
      "quote_ident(n.nspname) || '.' || quote_ident(c.collname) END AS collation " +
      'FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid ' +
      'LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum ' +
      'LEFT JOIN pg_collation c ON c.oid = a.attcollation LEFT JOIN pg_namespace n ON n.oid = c.collnamespace ' +
      `WHERE a.attrelid = ${table} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  );
  const keys: KeyRow[] = await queryRunner.query(
    'SELECT i.relname AS name, x.indisprimary AS main, x.indisunique AS sole, ' +
      "m.amname = 'btree' AND x.indpred IS NULL AND x.indexprs IS NULL AND x.indisvalid AND x.indimmediate " +
      'AND NOT EXISTS (SELECT 1 FROM unnest(x.indoption) o WHERE (o & 1) = 1) AS whole, ' +
      "COALESCE((SELECT 'ALTER TABLE ' || quote_ident(s.nspname) || '.' || quote_ident(r.relname) || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || " +
      "pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('u', 'x') LIMIT 1), " +
      'pg_get_indexdef(x.indexrelid)) AS statement, ' +
      'ARRAY(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS u(attnum, place) ' +
      'JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.attnum ' +
      'WHERE u.place <= x.indnkeyatts ORDER BY u.place) AS columns ' +
      'FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam ' +
      'JOIN pg_class r ON r.oid = x.indrelid JOIN pg_namespace s ON s.oid = r.relnamespace ' +
      `WHERE x.indrelid = ${table}`,
  );
  const checks: FoundCheck[] = await queryRunner.query(
    'SELECT k.conname AS name, ARRAY(SELECT a.attname::text FROM pg_attribute a ' +
      'WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns ' +
      `FROM pg_constraint k WHERE k.conrelid = ${table} AND k.contype IN ('c', 'x')`,
  );
  return {
    other: OTHERS[relation.kind as string] ?? null,
    columns: columns.map(foundColumn),
    primaryKey: keys.find(({ main }) => main)?.columns ?? [],
    keys: keys.filter(({ main }) => !main).map(foundKey),
    checks,
  };
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly base: boolean;
  readonly basename: string;
  readonly identity: boolean;
  readonly generated: string | null;
  readonly initial: string | null;
  readonly collation: string | null;
}

interface KeyRow {
  readonly name: string;
  readonly main: boolean;
  readonly sole: boolean;
  readonly whole: boolean;
  readonly statement: string;
  readonly columns: string[];
}

function foundColumn(row: ColumnRow): FoundColumn {
  const { name, type, collation } = row;
  const generated = (row.generated ?? '') !== '';
  return {
    name,
    type,
    definition: collation === null ? type : `${type} COLLATE ${collation}`,
    nullable: !row.required,
    // An identity column has a value of its own without a default.
    default: generated ? null : row.identity ? 'identity' : row.initial,
    kinds: (row.base && KINDS[row.basename]) || [],
    absolute: row.basename === 'timestamptz',
    generated,
    collation: collation ?? undefined,
  };
}

function foundKey({ name, columns, sole, whole, statement }: KeyRow): FoundKey {
  return { name, columns, isUnique: sole, isWhole: whole, statement };
}

export const postgresCatalogue: Catalogue = {
  tablePresent: (table, schema) => {
    const path =
      schema === undefined ? doubleQuoted(table) : `${doubleQuoted(schema)}.${doubleQuoted(table)}`;
    return `SELECT to_regclass(${literal(path)}) IS NOT NULL AS present`;
  },

  shapeOf,

  isTransactional: async () => true,

  // Values computed by ALTER TABLE bypass triggers. The body is needed only where DDL cannot be undone, so it is left empty here.
  triggersBeforeUpdate: (queryRunner, tablePath) =>
    queryRunner.query(
      "SELECT tgname AS name, '' AS body FROM pg_trigger WHERE NOT tgisinternal AND " +
        // The fifth bit says that it is for updates; one may be disabled, or be for replicas alone.
        "tgenabled IN ('O', 'A') AND (tgtype & 16) <> 0 AND " +
        `tgrelid = ${regclass(tablePath)}`,
    ),

  byteExactText: async () => null,
};

/** The connection of better-sqlite3, and a cache of its prepared statements. */
import type { LookupQuery } from '../lookup';
import type { RowValues } from '../rows';
import { amongAlternatives } from './alternatives';

/** The part of better-sqlite3's Database that we use. */
export interface SynchronousConnection {
  readonly inTransaction: boolean;
  pragma(source: string, options: { simple: true }): unknown;
  prepare(sql: string): PreparedStatement;
}

export interface PreparedStatement {
  readonly reader: boolean;
  all(...parameters: unknown[]): Record<string, unknown>[];
  raw(): { all(...parameters: unknown[]): RowValues[] };
  run(...parameters: unknown[]): { changes: number };
}

interface PreparedLookup {
  readonly sql: string;
  all(key: readonly string[]): RowValues[];
}

const preparedLookups = new WeakMap<SynchronousConnection, Map<LookupQuery, PreparedLookup>>();

/** The prepared statement of a lookup by one key, cached for the life of the connection. */
export function prepared(connection: SynchronousConnection, query: LookupQuery): PreparedLookup {
  const known = preparedLookups.get(connection) ?? new Map<LookupQuery, PreparedLookup>();
  preparedLookups.set(connection, known);
  const lookup = known.get(query) ?? prepare(connection, query);
  known.set(query, lookup);
  return lookup;
}

function prepare(connection: SynchronousConnection, query: LookupQuery): PreparedLookup {
  const { sql } = amongAlternatives(query, [query.key]);
  const statement = connection.prepare(sql).raw();
  return { sql, all: (key) => statement.all(...key) };
}

const statements = new WeakMap<SynchronousConnection, Map<string, PreparedStatement>>();

/** A prepared statement, cached for the life of the connection; only for our own texts, which are few. */
export function statementOf(connection: SynchronousConnection, sql: string): PreparedStatement {
  const known = statements.get(connection) ?? new Map<string, PreparedStatement>();
  statements.set(connection, known);
  const statement = known.get(sql) ?? connection.prepare(sql);
  known.set(sql, statement);
  return statement;
}

export function isSynchronous(connection: unknown): connection is SynchronousConnection {
  return typeof (connection as { inTransaction?: unknown } | null)?.inTransaction === 'boolean';
}

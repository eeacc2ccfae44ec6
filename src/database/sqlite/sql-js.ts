/**
 * sql.js, which is SQLite as WebAssembly: used as better-sqlite3 is, since it is as synchronous. Its database is in the memory of the
 * process, and its clock is that of the process, so that a test that moves the one moves the other.
 */
import type { DataSource } from 'typeorm';
import { driverError } from '../failure';
import type { RowValues } from '../statement';
import type { BetterSqlite3, PreparedStatement } from './better-sqlite3';

/** The part of sql.js's Database that we use. */
interface SqlJs {
  exec(sql: string): { readonly values: readonly RowValues[] }[];
  prepare(sql: string): SqlJsStatement;
  /** Rows that the last statement changed. */
  getRowsModified(): number;
}

interface SqlJsStatement {
  bind(parameters: readonly unknown[]): unknown;
  step(): boolean;
  get(): RowValues;
  getColumnNames(): readonly string[];
  reset(): unknown;
}

/** One for each database, by which its prepared statements are known. */
const adapted = new WeakMap<SqlJs, BetterSqlite3>();

export function sqlJsOf({ driver }: DataSource): BetterSqlite3 {
  const { databaseConnection } = driver as unknown as { readonly databaseConnection: SqlJs };
  const known = adapted.get(databaseConnection);
  if (known) return known;
  const made = new SqlJsConnection(databaseConnection);
  adapted.set(databaseConnection, made);
  return made;
}

class SqlJsConnection implements BetterSqlite3 {
  constructor(private readonly database: SqlJs) {}

  /** It does not say so itself. */
  get inTransaction(): boolean {
    try {
      this.database.exec('BEGIN');
    } catch (error) {
      if (driverError(error).message.includes('within a transaction')) return true;
      throw error;
    }
    this.database.exec('ROLLBACK');
    return false;
  }

  pragma(source: string): unknown {
    return this.database.exec(`PRAGMA ${source}`)[0]?.values[0]?.[0];
  }

  prepare(sql: string): PreparedStatement {
    const statement = this.database.prepare(sql);
    const rowsFor = (parameters: readonly unknown[]) => {
      const rows: RowValues[] = [];
      try {
        statement.bind(parameters);
        while (statement.step()) rows.push(statement.get());
      } finally {
        statement.reset();
      }
      return rows;
    };
    return {
      reader: statement.getColumnNames().length > 0,
      // It gives arrays in any case.
      raw: () => undefined,
      all: (...parameters) => rowsFor(parameters),
      run: (...parameters) => {
        rowsFor(parameters);
        return { changes: this.database.getRowsModified() };
      },
    };
  }

  exec(sql: string): unknown {
    return this.database.exec(sql);
  }
}

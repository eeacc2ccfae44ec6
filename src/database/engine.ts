/**
 * The interface of a database engine: its capabilities and its SQL. Code outside database/ uses this interface and never
 * asks which engine it runs on; the implementations are under engines/.
 */
import type { DataSource, QueryRunner, Table, TableColumn } from 'typeorm';
import type { ServedType } from './data-source-type';
import { servedType } from './data-source-type';
import type { DatabaseFailure } from './failure';
import type { LookupQuery } from './lookup';
import type { RowValues } from './rows';
import type { Script, Statement, StatementOptions } from './script';
import { mysql } from './engines/mysql';
import { postgres } from './engines/postgres';
import { betterSqlite3, sqlite } from './engines/sqlite';

export interface TextEncoding {
  readonly charset: string;
  readonly collation: string;
}

type ColumnKind = 'text' | 'boolean';

interface ColumnChange {
  readonly from: TableColumn;
  readonly to: TableColumn;
}

/** Rows for one table; every row has a value for every column. */
export interface RowBatch {
  /** Escaped, as `escapedPath` gives it. */
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  readonly rows: readonly (readonly unknown[])[];
  /** Text columns, by name, that have the same value in every row. */
  readonly shared: Readonly<Record<string, string | null>>;
}

export interface Engine {
  /** Name of the engine in messages. */
  readonly label: string;
  /** Suffix of a SELECT that locks its rows until the transaction ends; empty where transactions lock the whole database. */
  readonly rowLock: string;
  /** The date type whose values are instants, read in UTC; `null` where every date type depends on a time zone. */
  readonly absoluteTimestamp: string | null;
  /** The placeholder of the parameter at `position`, from 1. */
  readonly placeholder: (position: number) => string;
  /** An expression for the instant that many milliseconds from now by the database's clock, in the stored text form. */
  readonly instantFromNow: (milliseconds: number) => string;
  /** An expression for the number of characters, not bytes, in a text column. */
  readonly characters: (column: string) => string;
  /** An expression for a text column that compares byte for byte, whatever the collation of the column. */
  readonly exactText: (column: string) => string;
  /** A condition that compares byte for byte, whatever the collation of the column. */
  readonly isExactly: (column: string, value: string) => string;
  /** Whether DDL is transactional, so that a failed migration changes nothing. */
  readonly undoesDdl: boolean;
  /** A statement without parameters whose single row has one column, `present`: whether the table exists. */
  tablePresent(table: string, schema: string | undefined): string;
  /** Statements that insert rows; a row whose key exists makes them fail with `duplicate_key`. */
  insert(batch: RowBatch): Iterable<Statement>;
  /** Statements that overwrite the columns `assigned` of existing rows, found by the column `key`. */
  overwrite(batch: RowBatch, key: string, assigned: readonly string[]): Iterable<Statement>;
  failure(error: unknown): DatabaseFailure;
  /** The encoding with which a text column compares byte for byte; `null` where every one does. */
  byteExactText(queryRunner: QueryRunner): Promise<TextEncoding | null>;
  /**
   * Runs `work` under a lock that one process at a time holds for each key. When `work` throws, its changes are rolled
   * back, as far as the engine can roll back DDL.
   */
  underMigrationLock<Result>(
    queryRunner: QueryRunner,
    key: string,
    timeoutMs: number,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** Runs `work`, which changes tables, without failing because of views and triggers that refer to them. */
  keepingViews<Result>(queryRunner: QueryRunner, work: () => Promise<Result>): Promise<Result>;
  /** Runs `work`, which may rebuild a table, and restores triggers and indexes that the rebuild lost. */
  keepingTriggersAndIndexes(
    queryRunner: QueryRunner,
    tablePath: string,
    work: () => Promise<void>,
  ): Promise<void>;
  /**
   * Changes the type, length, nullability and collation of columns; values are converted as the database casts them.
   * @returns the names of columns that could not be changed because a foreign key uses them
   */
  retype(queryRunner: QueryRunner, table: Table, changes: readonly ColumnChange[]): Promise<string[]>;
  /**
   * Runs one SELECT and waits no longer than the timeout for a lock.
   * @param queryRunner used instead of one from the pool
   * @returns the values of each row in the order of the SELECT
   */
  read(
    dataSource: DataSource,
    sql: string,
    timeoutMs: number,
    queryRunner?: QueryRunner,
  ): Promise<readonly RowValues[]>;
  /**
   * Reads the rows of one key synchronously; null when the database file is locked. Undefined for drivers that only read
   * asynchronously.
   */
  findNow?: (
    dataSource: DataSource,
    query: LookupQuery,
    key: readonly string[],
  ) => readonly RowValues[] | null;
  /** Reads the rows of the keys; may include rows whose key the column's collation considers equal. */
  find(
    dataSource: DataSource,
    query: LookupQuery,
    keys: readonly (readonly string[])[],
    timeoutMs: number,
  ): Promise<readonly RowValues[]>;
  /**
   * Executes one statement in a transaction of its own, never in one of the host's.
   * @returns the number of rows that it changed
   */
  execute(dataSource: DataSource, statement: Statement, how: StatementOptions): Promise<number>;
  /**
   * Executes statements in one transaction of its own, never in one of the host's, until one of them changes no row: then
   * all of them are undone.
   * @returns how many changed a row
   * @throws CommitFailure when it is not known whether they were carried out
   */
  executeAll(
    dataSource: DataSource,
    statements: readonly Statement[],
    how: StatementOptions,
  ): Promise<number>;
  /**
   * Executes a statement and then, if it changed a row, those that read, in one transaction of its own, never in one of the
   * host's.
   * @returns the values of each row that each of them read; null when nothing was changed
   * @throws CommitFailure when it is not known whether it was carried out
   */
  changeThenRead(
    dataSource: DataSource,
    change: Statement,
    reads: readonly Statement[],
    how: StatementOptions,
  ): Promise<readonly (readonly RowValues[])[] | null>;
  /**
   * A DataSource whose writes never become part of a transaction of the host: the given one where each transaction has
   * its own connection, else a new one, which the caller must destroy.
   */
  apart(dataSource: DataSource): Promise<DataSource>;
  /**
   * Runs a script in a transaction of its own, never in one of the host's.
   * @param queryRunner used instead of one from the pool; it must have no open transaction
   */
  transact<Result>(
    dataSource: DataSource,
    script: () => Script<Result>,
    timeoutMs: number,
    queryRunner?: QueryRunner,
  ): Promise<Result>;
}

const engines: Readonly<Record<ServedType, Engine>> = {
  'better-sqlite3': betterSqlite3,
  sqlite,
  postgres,
  mysql,
  mariadb: mysql,
};

/**
 * The engine behind a DataSource.
 * @throws ConnectionsError `engine_unsupported`
 */
export function engineOf(dataSource: DataSource): Engine {
  return engines[servedType(dataSource.options)];
}

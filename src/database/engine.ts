/**
 * What an engine can do and how it says it. Everything outside database/ asks here and never for an engine's name;
 * what is special to one engine stands in its own file under engines/.
 */
import type { DataSource, QueryRunner, Table, TableColumn } from 'typeorm';
import { ConnectionsError, quote } from '../errors';
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

/** Rows for one table, every row with a value for every column. */
export interface RowBatch {
  /** Escaped, as `escapedPath` gives it. */
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  readonly rows: readonly (readonly unknown[])[];
  /** Text columns, by name, that have the same value in every row. */
  readonly shared: Readonly<Record<string, string | null>>;
}

/** Rows that one statement deletes and gives back. */
export interface Taking {
  /** Escaped, as `escapedPath` gives it. */
  readonly table: string;
  /** Escaped; their values come back in this order. */
  readonly columns: readonly string[];
  /** The condition, without `WHERE`, and its parameters. */
  readonly where: Required<Statement>;
}

export interface Engine {
  /** For messages that a person reads. */
  readonly label: string;
  /** Appended to a SELECT so that its rows stay as read until the transaction ends. */
  readonly rowLock: string;
  /** The type whose values are instants by themselves, read in UTC; other date types show a clock of some zone. */
  readonly absoluteTimestamp: string | null;
  /** The placeholder of the parameter at `position`, from 1. */
  readonly placeholder: (position: number) => string;
  /** The expression for the instant, by the database's clock, that many milliseconds from now, as instants are stored. */
  readonly instantFromNow: (milliseconds: number) => string;
  /** The expression for the number of characters, not of bytes, in a column of text. */
  readonly characters: (column: string) => string;
  /** The condition that a text is that one byte for byte, whatever else the collation of its column takes for it. */
  readonly isExactly: (column: string, value: string) => string;
  /** Whether a migration that fails leaves no trace. */
  readonly undoesDdl: boolean;
  /** One statement, without parameters, whose single row has `present`: whether a table stands at that place. */
  tablePresent(table: string, schema: string | undefined): string;
  /** Statements that insert rows; one whose key is taken makes them fail with `duplicate_key`. */
  insert(batch: RowBatch): Iterable<Statement>;
  /** Statements that overwrite `assigned` in rows that exist, found by `key`. */
  overwrite(batch: RowBatch, key: string, assigned: readonly string[]): Iterable<Statement>;
  failure(error: unknown): DatabaseFailure;
  /** How text must be declared to compare byte for byte; `null` where it always does. */
  byteExactText(queryRunner: QueryRunner): Promise<TextEncoding | null>;
  /**
   * Runs `work` while no other process is in its own `underMigrationLock` for the same key; all that `work` did is
   * undone when it throws, as far as the engine can undo DDL.
   */
  underMigrationLock<Result>(
    queryRunner: QueryRunner,
    key: string,
    timeoutMs: number,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** Whatever `work` does to tables, views that look into them do not stop it, where the engine lets them stand. */
  keepingViews<Result>(queryRunner: QueryRunner, work: () => Promise<Result>): Promise<Result>;
  /** Whatever `work` does to a table, the triggers and indexes that it did not mean to touch are there afterwards. */
  keepingTriggersAndIndexes(
    queryRunner: QueryRunner,
    tablePath: string,
    work: () => Promise<void>,
  ): Promise<void>;
  /**
   * Changes the type, length, nullability and collation of columns, with every value kept as the database writes it.
   * @returns the names of columns that a foreign key holds as they are
   */
  retype(queryRunner: QueryRunner, table: Table, changes: readonly ColumnChange[]): Promise<string[]>;
  /**
   * Reads, waiting no longer than the timeout for a table that another transaction holds.
   * @param queryRunner to use instead of one of the pool
   * @returns the values of each row in the order of the SELECT
   */
  read(
    dataSource: DataSource,
    sql: string,
    timeoutMs: number,
    queryRunner?: QueryRunner,
  ): Promise<readonly RowValues[]>;
  /**
   * Rows of one key at once, for a driver that reads without giving up the process; null when it cannot be done now, as
   * somebody holds the file. Undefined where every read is awaited.
   */
  findNow?: (
    dataSource: DataSource,
    query: LookupQuery,
    key: readonly string[],
  ) => readonly RowValues[] | null;
  /** Rows of any of the keys, and perhaps others that the collation of a column takes for them. */
  find(
    dataSource: DataSource,
    query: LookupQuery,
    keys: readonly (readonly string[])[],
    timeoutMs: number,
  ): Promise<readonly RowValues[]>;
  /**
   * Carries out one statement by itself, never in somebody else's transaction.
   * @returns how many rows it touched
   */
  execute(dataSource: DataSource, statement: Statement, how: StatementOptions): Promise<number>;
  /**
   * Deletes rows by itself, never in somebody else's transaction; of several who take a row at once, one has it.
   * @returns the values of each row that it deleted
   */
  take(dataSource: DataSource, taking: Taking, how: StatementOptions): Promise<readonly RowValues[]>;
  /**
   * A DataSource on which nothing that we do falls into a transaction of the host: a new one, for the caller to destroy,
   * or the given one where every transaction has a connection of its own.
   */
  apart(dataSource: DataSource): Promise<DataSource>;
  /**
   * Runs a script in a transaction of its own, never in somebody else's.
   * @param queryRunner to use instead of one of the pool; it has no transaction open
   */
  transact<Result>(
    dataSource: DataSource,
    script: () => Script<Result>,
    timeoutMs: number,
    queryRunner?: QueryRunner,
  ): Promise<Result>;
}

const engines: Readonly<Record<string, Engine>> = {
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
  const engine = engines[dataSource.options.type];
  if (engine) return engine;
  throw new ConnectionsError(
    'engine_unsupported',
    `The DataSource is of type ${quote(dataSource.options.type)}. mcp-connections works with ` +
      `${Object.keys(engines).join(', ')}: use one of these for the DataSource you give it.`,
  );
}

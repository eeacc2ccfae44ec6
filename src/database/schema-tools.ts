/** How tables change on an engine. For migrations alone. */
import type { QueryRunner, Table, TableColumn } from 'typeorm';
import type { Statement, StatementResult } from './statement';

export interface TextEncoding {
  readonly charset: string;
  readonly collation: string;
}

export interface ColumnChange {
  readonly from: TableColumn;
  readonly to: TableColumn;
}

export interface SchemaTools {
  /** Whether DDL is transactional, so that a failed migration changes nothing. */
  readonly undoesDdl: boolean;
  /** The date type whose values are instants, read in UTC; `null` where every date type depends on a time zone. */
  readonly absoluteTimestamp: string | null;
  /** An expression for the number of characters, not bytes, in a text column. */
  characters(column: string): string;
  /** Sends a statement on the query runner of a migration. */
  send(this: void, queryRunner: QueryRunner, statement: Statement): Promise<StatementResult>;
  /** A statement without parameters whose single row has one column, `present`: whether the table exists. */
  tablePresent(table: string, schema: string | undefined): string;
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
}

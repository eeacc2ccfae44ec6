/** How tables change on an engine, and in which session. For migrations alone. */
import type { QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import type { FoundColumn } from './catalogue';
import type { Statement, StatementResult } from './statement';

export interface ColumnChange {
  readonly from: TableColumn;
  readonly to: TableColumn;
  /** An expression for the new values, where the engine `computesValues`; default: the old ones. */
  readonly value?: string | undefined;
}

export interface SchemaTools {
  /** Whether DDL is transactional, so that a failed migration changes nothing. */
  readonly undoesDdl: boolean;
  /** Whether `retype` rebuilds the table, with the constraints of the `Table` that it is given. */
  readonly rebuildsTables: boolean;
  /** Whether `retype` can compute the values. */
  readonly computesValues: boolean;
  /** Sends a statement on the query runner of a migration. */
  send(this: void, queryRunner: QueryRunner, statement: Statement): Promise<StatementResult>;
  /**
   * Runs `work` in a session with known settings, under a lock that one process at a time holds for each key, and restores
   * the settings. When `work` throws, its changes are rolled back, as far as the engine can roll back DDL.
   */
  underMigrationLock<Result>(
    queryRunner: QueryRunner,
    key: string,
    timeoutMs: number,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** Runs `work`, which changes tables, without failing because of views and triggers that refer to them. */
  keepingViews<Result>(queryRunner: QueryRunner, work: () => Promise<Result>): Promise<Result>;
  /** Runs `work`, which may rebuild a table, and restores triggers and indexes that the rebuild loses. */
  keepingTriggersAndIndexes(
    queryRunner: QueryRunner,
    tablePath: string,
    work: () => Promise<void>,
  ): Promise<void>;
  /** Adds columns that may be NULL or have a default. */
  addColumns(queryRunner: QueryRunner, tablePath: string, columns: readonly TableColumn[]): Promise<void>;
  /**
   * Changes the type, length, nullability and collation of columns, all at once if the engine can; values are computed or else
   * converted as the database casts them.
   * @returns the names of columns that could not be changed because a foreign key uses them
   */
  retype(queryRunner: QueryRunner, table: Table, changes: readonly ColumnChange[]): Promise<string[]>;
  /** Creates indexes, in one reading of the table if the engine can. */
  addIndexes(queryRunner: QueryRunner, table: Table, indexes: readonly TableIndex[]): Promise<void>;
  /** Gives columns their old definitions back. */
  restore(queryRunner: QueryRunner, table: Table, columns: readonly FoundColumn[]): Promise<void>;
}

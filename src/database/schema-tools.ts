/** How tables change on an engine. For migrations alone. */
import type { QueryRunner, Table, TableColumn } from 'typeorm';
import type { InstantSql } from './sql/instant-text';
import type { Statement, StatementResult } from './statement';
import type { ColumnKind, FoundColumn, TableShape } from './table-shape';

export interface TextEncoding {
  readonly charset: string;
  readonly collation: string;
}

export interface ColumnChange {
  readonly from: TableColumn;
  readonly to: TableColumn;
  /** An expression for the new values, where the engine `computesValues`; default: the old ones. */
  readonly value?: string | undefined;
}

/** A type with its length, as a column of ours or of another program has it. */
export type ColumnSize = Pick<TableColumn, 'type' | 'length'>;

interface FoundTrigger {
  readonly name: string;
  /** As SQL. */
  readonly body: string;
}

export interface SchemaTools {
  /** Whether DDL is transactional, so that a failed migration changes nothing. */
  readonly undoesDdl: boolean;
  /** Sends a statement on the query runner of a migration. */
  send(this: void, queryRunner: QueryRunner, statement: Statement): Promise<StatementResult>;
  /** A statement without parameters whose single row has one column, `present`: whether the table exists. */
  tablePresent(table: string, schema: string | undefined): string;
  /** The encoding with which a text column compares byte for byte; `null` where every one does. */
  byteExactText(queryRunner: QueryRunner): Promise<TextEncoding | null>;
  /** Whether a text equals one with more spaces at its end, in a collation of ours. */
  ignoresSpaces(collation: string | undefined): boolean;
  /** Reads what an existing table is made of. */
  shapeOf(queryRunner: QueryRunner, tablePath: string): Promise<TableShape>;
  /** Whether a transaction that changes rows of the table can be rolled back. */
  isTransactional(queryRunner: QueryRunner, tablePath: string): Promise<boolean>;
  /** The triggers of a table that can change a row before it is updated, as far as they matter there. */
  triggersBeforeUpdate(queryRunner: QueryRunner, tablePath: string): Promise<readonly FoundTrigger[]>;
  /** A condition that holds for a value of a column, as found, that is too long for a type; null where no value is. */
  tooLong(column: string, size: ColumnSize, found: FoundColumn): string | null;
  /** A condition that holds for a value of a column that a revert could not store in the column that was found; or null. */
  lostIn(column: string, found: FoundColumn): string | null;
  /** How instants are read from a column that can hold these kinds. */
  instant(column: string, kinds: readonly ColumnKind[]): InstantSql;
  /** Whether a column of any type can hold any text. */
  readonly holdsAnyText: boolean;
  /** Whether `retype` makes the table again, with the constraints that the given one has. */
  readonly rebuildsTables: boolean;
  /** Whether `retype` can compute the values. */
  readonly computesValues: boolean;
  /** A condition that holds for a value in a text column that is no text; null where there is none. */
  notText(column: string): string | null;
  /** The type of a column that stays as wide as it was because a value is too long for ours. */
  wideType(from: TableColumn): ColumnSize;
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
  /** Gives columns their old definitions back. */
  restore(queryRunner: QueryRunner, table: Table, columns: readonly FoundColumn[]): Promise<void>;
}

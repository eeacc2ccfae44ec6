/** What tables there are, and what one is made of, as far as the migrations ask. Each engine reads it from its own catalogue. */
import type { QueryRunner } from 'typeorm';

/** What a column can hold. */
export type ColumnKind = 'text' | 'json' | 'integer' | 'boolean' | 'instant';

export interface FoundColumn {
  readonly name: string;
  /** In the engine's words, such as `character varying(64)`. */
  readonly type: string;
  /** What a statement needs to make the column again: type, encoding, nullability, default. */
  readonly definition: string;
  readonly nullable: boolean;
  /** As SQL; null when there is none. */
  readonly default: string | null;
  /** Empty for a type that no column of ours can come from. */
  readonly kinds: readonly ColumnKind[];
  /** Whether its values are instants that do not depend on a time zone. */
  readonly absolute: boolean;
  /** Whether the database computes its values. */
  readonly generated: boolean;
  /** Character set, where the engine has one for each column. */
  readonly charset?: string | undefined;
  /** Collation, where it is not the one that a new column would have. */
  readonly collation?: string | undefined;
}

export interface FoundKey {
  readonly name: string;
  /** In the order of the key; expressions are left out. */
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  /** Whether it covers every row, by whole values and as they are: no WHERE, expression, prefix or descending order. */
  readonly isWhole: boolean;
  /** A statement that makes it again. */
  readonly statement: string;
}

export interface FoundCheck {
  /** For messages. */
  readonly name: string;
  /** Columns that it mentions. */
  readonly columns: readonly string[];
}

export interface TableShape {
  /** What it is instead of a plain table, such as `a view`; null for a plain table. */
  readonly other: string | null;
  readonly columns: readonly FoundColumn[];
  readonly primaryKey: readonly string[];
  /** Indexes and unique constraints, without the primary key. */
  readonly keys: readonly FoundKey[];
  readonly checks: readonly FoundCheck[];
}

/** Whether a table has a column of that name that can hold that kind. */
export function hasColumn({ columns }: Pick<TableShape, 'columns'>, name: string, kind: ColumnKind): boolean {
  return columns.some((column) => column.name === name && column.kinds.includes(kind));
}

/** The maximum number of characters in a text column, by its type; Infinity where the type names no length. */
export function widthOf({ type }: Pick<FoundColumn, 'type'>): number {
  return Number(/\((\d+)\)/.exec(type)?.[1] ?? Infinity);
}

export interface TextEncoding {
  readonly charset: string;
  readonly collation: string;
}

interface FoundTrigger {
  readonly name: string;
  /** As SQL. */
  readonly body: string;
}

export interface Catalogue {
  /** A statement without parameters whose single row has one column, `present`: whether the table exists. */
  tablePresent(table: string, schema: string | undefined): string;
  shapeOf(queryRunner: QueryRunner, tablePath: string): Promise<TableShape>;
  /** Whether a transaction that changes rows of the table can be rolled back. */
  isTransactional(queryRunner: QueryRunner, tablePath: string): Promise<boolean>;
  /** The triggers of a table that can change a row before it is updated; empty on engines where they do not matter. */
  triggersBeforeUpdate(queryRunner: QueryRunner, tablePath: string): Promise<readonly FoundTrigger[]>;
  /** The encoding with which a text column compares byte for byte; `null` where every one does. */
  byteExactText(queryRunner: QueryRunner): Promise<TextEncoding | null>;
}

/** How SQL is written on an engine. */
import type { Bind, Statement } from './statement';

/** A SELECT whose rows are looked up by a key of text columns. */
export interface LookupQuery {
  /** `SELECT ... FROM ... t`. */
  readonly select: string;
  /** The columns of the key, escaped and qualified. */
  readonly key: readonly string[];
}

/** Rows for one table; every row has a value for every column. */
export interface RowBatch {
  /** Escaped, as `escapedPath` gives it. */
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly kind: 'text' | 'boolean' | 'integer' }[];
  readonly rows: readonly (readonly unknown[])[];
  /** Text columns, by name, that have the same value in every row. */
  readonly shared: Readonly<Record<string, string | null>>;
}

export interface Dialect {
  /** Suffix of a SELECT that locks its rows until the transaction ends; empty where transactions lock the whole database. */
  readonly rowLock: string;
  /** The placeholder of the parameter at `position`, from 1. */
  placeholder(this: void, position: number): string;
  /** An expression for the instant that many milliseconds from now by the database's clock, in the stored text form. */
  instantFromNow(this: void, milliseconds: number): string;
  /** An expression for a text that compares byte for byte, whatever the collation of its column. */
  exactText(this: void, text: string): string;
  /** An expression that joins texts by line feeds, NULL where one of them is. All but the first may be integers. */
  lines(this: void, texts: readonly string[]): string;
  /**
   * A condition that holds for the values of a column that are among those given.
   * @param value gives the placeholder of a parameter
   */
  among(this: void, column: string, given: readonly string[], value: Bind): string;
  /**
   * A condition that holds for what comes after a row in the order of two columns, and with which an index over both finds it.
   * @param columns none of which may be NULL
   * @param last the values of that row
   */
  after(this: void, columns: readonly [string, string], last: readonly [string, string], value: Bind): string;
  /** Reads the rows of the keys; may include rows whose key the column's collation considers equal. */
  lookup(query: LookupQuery, keys: readonly (readonly string[])[]): Statement;
  /** Inserts rows; a row whose key exists makes the statements fail with `duplicate_key`. */
  insert(batch: RowBatch): Iterable<Statement>;
  /** Overwrites the columns `assigned` of existing rows, found by the column `key`. */
  overwrite(batch: RowBatch, key: string, assigned: readonly string[]): Iterable<Statement>;
}

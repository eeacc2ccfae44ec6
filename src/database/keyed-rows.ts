/** Which rows are a key's own, compared byte for byte, whatever the collation of the columns. */
import type { LookupQuery } from './dialect';
import type { RowValues } from './statement';

/** A lookup's query, and where the key is in a row. */
export interface KeyedQuery extends LookupQuery {
  /** Positions of the key's columns in a row; or the position of one text that begins with the key, one line for each part. */
  readonly keyAt: readonly number[] | number;
}

export type Key = readonly string[];

export class KeyedRows {
  constructor(private readonly query: KeyedQuery) {}

  rowsOf(key: Key, rows: readonly RowValues[]): readonly RowValues[] {
    return rows.every((row) => this.isOf(key, row)) ? rows : rows.filter((row) => this.isOf(key, row));
  }

  /** A unique text for each key of this query, of which no part may contain NUL, nor a line feed where it stands in a line. */
  textOf(key: RowValues): string {
    const isInLines = typeof this.query.keyAt === 'number';
    if (key.length === 1 && !isInLines) return key[0] as string;
    const end = isInLines ? '\n' : '\0';
    let text = '';
    for (const part of key) text += `${part as string}${end}`;
    return text;
  }

  /** The same text for the key that a row has. */
  keyOf(row: RowValues): string {
    const { key, keyAt } = this.query;
    if (typeof keyAt !== 'number') return this.textOf(keyAt.map((position) => row[position]));
    const text = String(row[keyAt]);
    let length = 0;
    for (let line = 0; line < key.length; line += 1) length = text.indexOf('\n', length) + 1;
    return text.slice(0, length);
  }

  private isOf(key: Key, row: RowValues): boolean {
    const { keyAt } = this.query;
    if (typeof keyAt === 'number') return this.keyOf(row) === this.textOf(key);
    for (let part = 0; part < keyAt.length; part += 1) if (row[keyAt[part] ?? 0] !== key[part]) return false;
    return true;
  }
}

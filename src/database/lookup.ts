/**
 * Reads rows by a key of texts. A single caller is served at once; keys that are requested while a query runs share the
 * next one. A lookup uses at most two connections of the pool, however long the database takes.
 */
import type { DataSource } from 'typeorm';
import { ConnectionsError } from '../errors';
import { databaseError } from './database-error';
import type { Engine } from './engine';
import type { RowValues } from './rows';

/** What a lookup reads. */
export interface LookupQuery {
  /** `SELECT ... FROM ... t`; its first columns are those of the key, in the same order. */
  readonly select: string;
  /** The columns of the key, escaped and qualified. */
  readonly key: readonly string[];
  /** Whether to use a prepared statement. */
  readonly isPrepared: boolean;
}

type Key = readonly string[];

interface Asked {
  readonly key: Key;
  readonly answer: Promise<readonly RowValues[]>;
  readonly resolve: (rows: readonly RowValues[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys in one query; further keys wait for the next, in the order in which they were requested. */
const MOST_KEYS = 64;

/** With this many keys waiting, a second query runs at the same time: the server reads while this process decrypts. */
const WORTH_A_SECOND = 16;

/** Connections that one lookup uses at the same time. */
const MOST_CONNECTIONS = 2;

export class Lookup {
  private waiting = new Map<string, Asked>();
  private running = 0;
  private hanging = 0;

  /** @param timeoutMs milliseconds after which callers get `database_busy`, even while the query still runs */
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
    private readonly query: LookupQuery,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Reads the rows whose key is equal byte for byte, whatever the collation of the columns.
   * @throws ConnectionsError as `databaseError` does, and `database_busy` after the timeout
   */
  find(key: Key): Promise<readonly RowValues[]> {
    try {
      const rows = this.waiting.size === 0 ? this.findNow(key) : null;
      return rows ? Promise.resolve(rows) : this.inBatch(key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private findNow(key: Key): readonly RowValues[] | null {
    if (!this.engine.findNow) return null;
    try {
      const rows = this.engine.findNow(this.dataSource, this.query, key);
      return rows && exactly(key, rows);
    } catch (error) {
      throw databaseError(this.engine, error, 'Reading rows');
    }
  }

  private inBatch(key: Key): Promise<readonly RowValues[]> {
    const text = keyOf(key, key.length);
    const same = this.waiting.get(text);
    if (same) return same.answer;
    const { promise, resolve, reject } = withResolvers<readonly RowValues[]>();
    this.waiting.set(text, { key, answer: promise, resolve, reject });
    if (this.running === this.hanging || this.waiting.size === WORTH_A_SECOND) this.next();
    return promise;
  }

  private next(): void {
    if (this.waiting.size === 0 || this.running >= MOST_CONNECTIONS) return;
    const chunk = this.take();
    this.running += 1;
    let isHanging = false;
    const timer = setInterval(() => {
      if (!isHanging) this.hanging += 1;
      isHanging = true;
      for (const { reject } of chunk) reject(this.tooLong());
      if (this.running >= MOST_CONNECTIONS)
        for (const { reject } of this.take(Infinity)) reject(this.tooLong());
      this.next();
    }, this.timeoutMs);
    void this.answer(chunk).finally(() => {
      clearInterval(timer);
      this.running -= 1;
      if (isHanging) this.hanging -= 1;
      this.next();
    });
  }

  /** Removes and returns the keys that have waited longest. */
  private take(most = MOST_KEYS): Asked[] {
    if (this.waiting.size <= most) {
      const all = [...this.waiting.values()];
      this.waiting = new Map();
      return all;
    }
    const taken: Asked[] = [];
    for (const [text, asked] of this.waiting) {
      if (taken.length === most) break;
      taken.push(asked);
      this.waiting.delete(text);
    }
    return taken;
  }

  private async answer(chunk: readonly Asked[]): Promise<void> {
    const { query } = this;
    try {
      const keys = chunk.map(({ key }) => key);
      const rows = await this.engine.find(this.dataSource, query, keys, this.timeoutMs);
      const [first] = chunk;
      if (first && chunk.length === 1) return first.resolve(exactly(first.key, rows));
      const found = new Map<string, RowValues[]>();
      for (const row of rows) {
        const text = keyOf(row, query.key.length);
        const same = found.get(text);
        if (same) same.push(row);
        else found.set(text, [row]);
      }
      for (const { key, resolve } of chunk) resolve(found.get(keyOf(key, key.length)) ?? []);
    } catch (error) {
      const told = databaseError(this.engine, error, 'Reading rows');
      for (const { reject } of chunk) reject(told);
    }
  }

  private tooLong(): ConnectionsError {
    return new ConnectionsError(
      'database_busy',
      `Reading rows took longer than ${this.timeoutMs} ms (${this.engine.label}): the connection pool has no free ` +
        'connection, or another transaction has locked the table. Nothing was written. Try again; if it happens often, raise ' +
        'the `poolSize` of the DataSource or shorten the transactions of the host.',
    );
  }
}

function exactly(key: Key, rows: readonly RowValues[]): readonly RowValues[] {
  return rows.every((row) => isOf(key, row)) ? rows : rows.filter((row) => isOf(key, row));
}

function isOf(key: Key, row: RowValues): boolean {
  for (let index = 0; index < key.length; index += 1) if (row[index] !== key[index]) return false;
  return true;
}

/** A unique text for each key: no part of a key contains NUL. */
function keyOf(values: RowValues, length: number): string {
  if (length === 1) return values[0] as string;
  let text = '';
  for (let index = 0; index < length; index += 1) text += `${values[index] as string}\0`;
  return text;
}

function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

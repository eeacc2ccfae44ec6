/**
 * Rows by a key of texts. What is asked for while a query is on its way goes into the next one together, and nobody waits
 * for more: one caller is served at once, and a thousand share a few queries. However long the
 * database makes them wait, they hold two connections of the pool at most.
 */
import type { DataSource } from 'typeorm';
import { ConnectionsError } from '../errors';
import { databaseError } from './database-error';
import type { Engine } from './engine';
import type { RowValues } from './rows';

/** What is read by a key. */
export interface LookupQuery {
  /** `SELECT ... FROM ... t`, the columns of the key first, in its order. */
  readonly select: string;
  /** The columns of the key, escaped and qualified. */
  readonly key: readonly string[];
  /** Whether the server keeps the statement for the next time. */
  readonly isPrepared: boolean;
}

type Key = readonly string[];

interface Asked {
  readonly key: Key;
  readonly answer: Promise<readonly RowValues[]>;
  readonly resolve: (rows: readonly RowValues[]) => void;
  readonly reject: (error: unknown) => void;
}

/** More keys than this take another query, and whoever came meanwhile comes after them. */
const MOST_KEYS = 64;

/** As many who wait are worth a second query at the same time: the server reads while this process decrypts. */
const WORTH_A_SECOND = 16;

/** Of one lookup. */
const MOST_CONNECTIONS = 2;

export class Lookup {
  private waiting = new Map<string, Asked>();
  private running = 0;
  private hanging = 0;

  /** @param timeoutMs after which those who wait are told, whatever becomes of the query */
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
    private readonly query: LookupQuery,
    private readonly timeoutMs: number,
  ) {}

  /**
   * The rows whose key is exactly this one, byte for byte, whatever the column's collation takes for it.
   * @throws ConnectionsError as `databaseError` says
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
      throw databaseError(this.engine, error, 'Reading');
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

  /** Those who have waited longest. */
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
      const told = databaseError(this.engine, error, 'Reading');
      for (const { reject } of chunk) reject(told);
    }
  }

  private tooLong(): ConnectionsError {
    return new ConnectionsError(
      'database_busy',
      `Reading took longer than ${this.timeoutMs} ms (${this.engine.label}): the pool has no free connection, or another ` +
        'transaction holds the table. Nothing was written; try again when that has ended.',
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

/** No two keys have the same: no part of one has NUL. */
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

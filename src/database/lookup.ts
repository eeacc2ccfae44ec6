/**
 * Reads rows by a key of texts. A single caller is served at once; keys that are requested while a query runs share the
 * next one. A lookup uses at most two connections of the pool, however long the database takes.
 */
import type { ConnectionsError } from '../errors';
import { afterTurn } from '../pauses';
import { databaseError } from './database-error';
import type { LookupQuery } from './dialect';
import type { Database } from './engine';
import type { RowValues } from './statement';

/** A lookup's query, and where the key is in a row. */
export interface KeyedQuery extends LookupQuery {
  /** Positions of the key's columns in a row; or the position of one text that begins with the key, one line for each part. */
  readonly keyAt: readonly number[] | number;
}

type Key = readonly string[];

interface LookupRequest {
  readonly key: Key;
  /** By the process's monotonic clock, in milliseconds. */
  readonly since: number;
  readonly answer: Promise<readonly RowValues[]>;
  readonly resolve: (rows: readonly RowValues[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys in one query; further keys wait for the next, in the order in which they were requested. */
const MOST_KEYS = 64;

/** Connections that one lookup uses at the same time: the server reads for one query while this process decrypts for another. */
const MOST_CONNECTIONS = 2;

/** Fewer keys share one query: half of them would take nearly as long. */
const WORTH_TWO_QUERIES = 16;

const DOING = 'Reading rows';

export class Lookup {
  private waiting = new Map<string, LookupRequest>();
  /** Queries under way. */
  private running = 0;
  /** Keys in them. */
  private reading = 0;
  /** Callers who were answered together and may ask again in this turn of the event loop: they share a query then, too. */
  private returning = 0;

  constructor(
    private readonly database: Database,
    private readonly query: KeyedQuery,
  ) {}

  /**
   * Reads the rows whose key is equal byte for byte, whatever the collation of the columns.
   * @throws ConnectionsError as `databaseError` does
   */
  async find(key: Key): Promise<readonly RowValues[]> {
    return this.findAtOnce(key);
  }

  /** As `find` does, with a promise only where the driver gives one. */
  findAtOnce(key: Key): readonly RowValues[] | Promise<readonly RowValues[]> {
    if (this.waiting.size > 0) return this.inBatch(key);
    const rows = this.findNow(key);
    if (rows) return rows;
    return this.running === 0 && this.returning === 0 ? this.alone(key) : this.inBatch(key);
  }

  private findNow(key: Key): readonly RowValues[] | null {
    const { engine, session } = this.database;
    if (!session.readNow) return null;
    try {
      const rows = session.readNow(engine.dialect.lookup(this.query, [key]));
      return rows && this.exactly(key, rows);
    } catch (error) {
      throw databaseError(engine, error, DOING);
    }
  }

  private async alone(key: Key): Promise<readonly RowValues[]> {
    const { engine, session } = this.database;
    const began = performance.now();
    this.begin(1);
    try {
      return this.exactly(key, await session.read(engine.dialect.lookup(this.query, [key])));
    } catch (error) {
      const explained = databaseError(engine, error, DOING);
      this.rejectWaiting(explained, began);
      throw explained;
    } finally {
      this.end(1);
      this.sendWaiting();
    }
  }

  private inBatch(key: Key): Promise<readonly RowValues[]> {
    const text = this.textOf(key);
    const same = this.waiting.get(text);
    if (same) return same.answer;
    const { promise, resolve, reject } = withResolvers<readonly RowValues[]>();
    this.waiting.set(text, { key, since: performance.now(), answer: promise, resolve, reject });
    if (this.returning > 0) this.returning -= 1;
    this.sendWaiting();
    return promise;
  }

  /** Sends queries for waiting keys, as long as there are enough of them. */
  private sendWaiting(): void {
    while (this.waiting.size > 0 && this.running < MOST_CONNECTIONS) {
      const share = this.share();
      const isIdle = this.running === 0 && this.returning === 0;
      if (this.waiting.size < share && !isIdle) return;
      void this.send(this.take(share));
    }
  }

  /** How many keys the next query reads: half of all that are asked for, so that two queries take turns with as many each. */
  private share(): number {
    const all = this.waiting.size + this.reading + this.returning;
    return all < WORTH_TWO_QUERIES ? all : Math.min(Math.ceil(all / MOST_CONNECTIONS), MOST_KEYS);
  }

  private async send(chunk: readonly LookupRequest[]): Promise<void> {
    this.begin(chunk.length);
    await this.answer(chunk);
    this.end(chunk.length);
    if (chunk.length > 1) {
      this.returning += chunk.length;
      afterTurn(() => {
        this.returning = 0;
        this.sendWaiting();
      });
    }
    this.sendWaiting();
  }

  private begin(keys: number): void {
    this.running += 1;
    this.reading += keys;
  }

  private end(keys: number): void {
    this.running -= 1;
    this.reading -= keys;
  }

  /** Removes and returns the keys that have waited longest. */
  private take(most: number): LookupRequest[] {
    if (this.waiting.size <= most) {
      const all = [...this.waiting.values()];
      this.waiting = new Map();
      return all;
    }
    const taken: LookupRequest[] = [];
    for (const [text, request] of this.waiting) {
      if (taken.length === most) break;
      taken.push(request);
      this.waiting.delete(text);
    }
    return taken;
  }

  private async answer(chunk: readonly LookupRequest[]): Promise<void> {
    const { engine, session } = this.database;
    const began = performance.now();
    try {
      const keys = chunk.map(({ key }) => key);
      const rows = await session.read(engine.dialect.lookup(this.query, keys));
      const [first] = chunk;
      if (first && chunk.length === 1) return first.resolve(this.exactly(first.key, rows));
      const found = new Map<string, RowValues[]>();
      for (const row of rows) {
        const text = this.keyOf(row);
        const same = found.get(text);
        if (same) same.push(row);
        else found.set(text, [row]);
      }
      for (const { key, resolve } of chunk) resolve(found.get(this.textOf(key)) ?? []);
    } catch (error) {
      const explained = databaseError(engine, error, DOING);
      this.rejectWaiting(explained, began);
      for (const { reject } of chunk) reject(explained);
    }
  }

  /** Also rejects requests that have waited just as long: otherwise each batch would wait in turn for a database that is down. */
  private rejectWaiting(error: ConnectionsError, began: number): void {
    if (error.code !== 'database_busy') return;
    for (const [text, { since, reject }] of this.waiting) {
      if (since > began) break;
      this.waiting.delete(text);
      reject(error);
    }
  }

  private exactly(key: Key, rows: readonly RowValues[]): readonly RowValues[] {
    return rows.every((row) => this.isOf(key, row)) ? rows : rows.filter((row) => this.isOf(key, row));
  }

  private isOf(key: Key, row: RowValues): boolean {
    const { keyAt } = this.query;
    if (typeof keyAt === 'number') return this.keyOf(row) === this.textOf(key);
    for (let part = 0; part < keyAt.length; part += 1) if (row[keyAt[part] ?? 0] !== key[part]) return false;
    return true;
  }

  /** A unique text for each key of this lookup: no part contains NUL, nor a line feed where it stands in a line. */
  private textOf(key: RowValues): string {
    if (key.length === 1) return key[0] as string;
    const end = typeof this.query.keyAt === 'number' ? '\n' : '\0';
    let text = '';
    for (const part of key) text += `${part as string}${end}`;
    return text;
  }

  private keyOf(row: RowValues): string {
    const { key, keyAt } = this.query;
    if (typeof keyAt !== 'number') return this.textOf(keyAt.map((position) => row[position]));
    const text = String(row[keyAt]);
    let length = 0;
    for (let line = 0; line < key.length; line += 1) length = text.indexOf('\n', length) + 1;
    return text.slice(0, length);
  }
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

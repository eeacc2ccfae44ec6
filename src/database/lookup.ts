/**
 * Reads rows by a key of texts. A single caller is served at once. Keys that are requested while a query runs wait, and share the
 * next one; many are divided between two queries that take turns, so that the server reads for one while this process decrypts
 * what another gave. A lookup uses at most two connections of the pool, however long the database takes.
 */
import type { ConnectionsError } from '../errors';
import { afterTurn } from '../pauses';
import { databaseError } from './database-error';
import { Deadlines } from './deadlines';
import type { Database } from './engine';
import type { Key, KeyedQuery } from './keyed-rows';
import { KeyedRows } from './keyed-rows';
import type { RowValues } from './statement';

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

/** Connections that one lookup uses at the same time. */
const MOST_CONNECTIONS = 2;

/** With fewer keys than this to read now, one query reads them all: two with half of them each would take nearly as long. */
const WORTH_TWO_QUERIES = 16;

/** A query that has no answer after so many milliseconds may never have one: no key waits for it while another query may be sent. */
const PATIENCE_MS = 50;

const DOING = 'Reading rows';

export class Lookup {
  private waiting = new Map<string, LookupRequest>();
  /** Queries under way. */
  private running = 0;
  /** Keys in those that are not overdue. */
  private reading = 0;
  /** Callers who may ask again in this turn of the event loop: those who were answered together, less those who have come since. */
  private returning = 0;
  private readonly deadlines = new Deadlines();
  private readonly keyed: KeyedRows;

  constructor(
    private readonly database: Database,
    private readonly query: KeyedQuery,
  ) {
    this.keyed = new KeyedRows(query);
  }

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
    return this.running === 0 && this.returning === 0 ? this.readOne(key) : this.inBatch(key);
  }

  private findNow(key: Key): readonly RowValues[] | null {
    const { engine, session } = this.database;
    if (!session.readNow) return null;
    try {
      const rows = session.readNow(engine.dialect.lookup(this.query, [key]));
      return rows && this.keyed.rowsOf(key, rows);
    } catch (error) {
      throw databaseError(engine, error, DOING);
    }
  }

  private async readOne(key: Key): Promise<readonly RowValues[]> {
    const { engine, session } = this.database;
    const end = this.begin(1);
    try {
      return this.keyed.rowsOf(key, await session.read(engine.dialect.lookup(this.query, [key])));
    } catch (error) {
      throw databaseError(engine, error, DOING);
    } finally {
      end();
      this.sendWaiting();
    }
  }

  private inBatch(key: Key): Promise<readonly RowValues[]> {
    if (this.returning > 0) this.returning -= 1;
    const text = this.keyed.textOf(key);
    const same = this.waiting.get(text);
    if (same) {
      this.sendWaiting();
      return same.answer;
    }
    const { promise, resolve, reject } = withResolvers<readonly RowValues[]>();
    this.waiting.set(text, { key, since: performance.now(), answer: promise, resolve, reject });
    this.sendWaiting();
    return promise;
  }

  /** Sends queries for waiting keys where there are enough of them. */
  private sendWaiting(): void {
    const isEnough = () => this.waiting.size > 0 && this.waiting.size >= this.fewest();
    while (this.running < MOST_CONNECTIONS && isEnough()) void this.send(this.take());
  }

  /** The fewest waiting keys for which a query is sent: half of all, where two queries are to take turns. */
  private fewest(): number {
    const all = this.waiting.size + this.reading + this.returning;
    if (all < WORTH_TWO_QUERIES) return all;
    const half = Math.min(Math.floor(all / 2), MOST_KEYS);
    // No caller is about to ask again, so an even division is not worth the wait.
    return this.returning > 0 ? half : Math.min(half, WORTH_TWO_QUERIES);
  }

  private async send(chunk: readonly LookupRequest[]): Promise<void> {
    const end = this.begin(chunk.length);
    try {
      await this.answer(chunk);
    } finally {
      end();
    }
    if (chunk.length > 1) {
      this.returning += chunk.length;
      afterTurn(() => {
        this.returning = 0;
        this.sendWaiting();
      });
    }
    this.sendWaiting();
  }

  /**
   * Counts a query.
   * @returns to be called when it has ended
   */
  private begin(keys: number): () => void {
    this.running += 1;
    this.reading += keys;
    const overdue = this.deadlines.begin(PATIENCE_MS, () => {
      this.reading -= keys;
      this.sendWaiting();
    });
    return () => {
      this.running -= 1;
      if (this.deadlines.end(overdue)) this.reading -= keys;
    };
  }

  /** Removes and returns the keys that have waited longest. */
  private take(): LookupRequest[] {
    if (this.waiting.size <= MOST_KEYS) {
      const all = [...this.waiting.values()];
      this.waiting = new Map();
      return all;
    }
    const taken: LookupRequest[] = [];
    for (const [text, request] of this.waiting) {
      if (taken.length === MOST_KEYS) break;
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
      if (first && chunk.length === 1) return first.resolve(this.keyed.rowsOf(first.key, rows));
      const found = new Map<string, RowValues[]>();
      for (const row of rows) {
        const text = this.keyed.keyOf(row);
        const same = found.get(text);
        if (same) same.push(row);
        else found.set(text, [row]);
      }
      for (const { key, resolve } of chunk) resolve(found.get(this.keyed.textOf(key)) ?? []);
    } catch (error) {
      const explained = databaseError(engine, error, DOING);
      this.rejectWaiting(explained, began);
      for (const { reject } of chunk) reject(explained);
    }
  }

  /** Also rejects requests that were waiting when the failed query began: otherwise each batch would wait in turn for a database that is down. */
  private rejectWaiting(error: ConnectionsError, began: number): void {
    if (error.code !== 'database_busy') return;
    for (const [text, { since, reject }] of this.waiting) {
      if (since > began) break;
      this.waiting.delete(text);
      reject(error);
    }
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

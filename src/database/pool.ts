/**
 * Connections of the host's pool, and transactions on them. When a connection does not answer in time, its peer may be gone,
 * and so may the peers of the others in the pool: it is destroyed, and the others are pinged before they are used again.
 */
import type { DataSource, QueryRunner } from 'typeorm';
import { requireInitialized } from '../entities/preconditions';
import { ConnectionsError } from '../errors';
import { Deadlines } from './deadlines';
import { NoAnswer } from './failure';

/** What a driver does with its connections. */
export interface ConnectionCare<Connection> {
  /**
   * Takes one from its pool, without TypeORM's query runner, which costs more than a read and which only transactions need.
   * @param taken is called once
   */
  take(dataSource: DataSource, taken: (error: unknown, connection?: Connection) => void): void;
  giveBack(this: void, connection: Connection): void;
  /** Asks for an answer that costs the server nothing. */
  ping(connection: Connection): Promise<unknown>;
  /**
   * Instead of `giveBack`: closes the connection at once, so that a statement under way fails. The pool must not hand it out again,
   * and may open another in its place.
   */
  drop(connection: Connection): void;
}

export class Pool<Connection extends object> {
  private readonly deadlines = new Deadlines();

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeoutMs: number,
    private readonly care: ConnectionCare<Connection>,
    /** Used instead of one from the pool, and not released. */
    private readonly given?: QueryRunner,
  ) {}

  /**
   * Runs `work` on a query runner whose connection is one of the pool.
   * @throws ConnectionsError `database_busy` when the pool has none in time
   */
  async use<Result>(work: (queryRunner: QueryRunner) => Promise<Result>): Promise<Result> {
    if (this.given) return work(this.given);
    requireInitialized(this.dataSource);
    await poolChecks.get(this.dataSource);
    const queryRunner = this.dataSource.createQueryRunner();
    const connecting = queryRunner.connect();
    await this.inTime(connecting, this.timeoutMs, () => queryRunner.release()).catch(this.explainTimeout);
    try {
      return await work(queryRunner);
    } finally {
      await queryRunner.release();
    }
  }

  /**
   * Runs `work` on a connection of the pool, and destroys that if it takes too long.
   * @param limitMs milliseconds
   * @throws NoAnswer
   * @throws ConnectionsError `database_busy` when the pool has none in time
   */
  async useWithin<Result>(
    limitMs: number,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    if (this.given) return work((await this.given.connect()) as Connection);
    requireInitialized(this.dataSource);
    const check = poolChecks.get(this.dataSource);
    if (check) await check;
    const connection = await this.take(this.timeoutMs).catch(this.explainTimeout);
    let isDropped = false;
    try {
      return await this.deadlines.within(limitMs, work(connection), () => {
        isDropped = true;
        this.care.drop(connection);
        this.beginCheck();
      });
    } finally {
      if (!isDropped) this.care.giveBack(connection);
    }
  }

  /**
   * As `useWithin` does for a single request, on the path of every token: with one promise instead of nine.
   * @param send calls `done` once
   */
  ask<Answer>(
    limitMs: number,
    send: (connection: Connection, done: (error: unknown, answer?: Answer) => void) => void,
  ): Promise<Answer> {
    if (this.given || poolChecks.has(this.dataSource)) {
      return this.useWithin(limitMs, (connection) => promiseOf((done) => send(connection, done)));
    }
    const { care, deadlines } = this;
    return new Promise((resolve, reject) => {
      requireInitialized(this.dataSource);
      const taking = deadlines.begin(this.timeoutMs, () => reject(noFreeConnection(this.timeoutMs)));
      care.take(this.dataSource, (failure, connection) => {
        const isLate = !deadlines.end(taking);
        if (!connection) return reject(failure);
        if (isLate) return care.giveBack(connection);
        const asking = deadlines.begin(limitMs, () => {
          care.drop(connection);
          this.beginCheck();
          reject(new NoAnswer(limitMs));
        });
        const done = (error: unknown, answer?: Answer) => {
          if (!deadlines.end(asking)) return;
          care.giveBack(connection);
          if (error) reject(error);
          else resolve(answer as Answer);
        };
        try {
          send(connection, done);
        } catch (error) {
          done(error);
        }
      });
    });
  }

  private beginCheck(): void {
    if (poolChecks.has(this.dataSource)) return;
    const check = this.checkConnections().finally(() => poolChecks.delete(this.dataSource));
    poolChecks.set(this.dataSource, check);
  }

  /** Takes more and more connections at a time until all of them answer, and destroys those that do not. */
  private async checkConnections(): Promise<void> {
    const askedMs = this.timeoutMs / 16;
    const healthy: Connection[] = [];
    const isOpen = () => this.dataSource.isInitialized;
    for (let count = 1, isSound = false; !isSound && count <= MOST_AT_ONCE && isOpen(); count *= 2) {
      const asked = Array.from({ length: count }, async () => {
        const connection = await this.take(askedMs).catch(() => undefined);
        if (!connection) return true;
        if (await this.answers(connection, askedMs)) return healthy.push(connection) > 0;
        this.care.drop(connection);
        return false;
      });
      isSound = (await Promise.all(asked)).every(Boolean);
    }
    for (const connection of healthy) this.care.giveBack(connection);
  }

  private async answers(connection: Connection, limitMs: number): Promise<boolean> {
    const pinging = this.deadlines.within(limitMs, this.care.ping(connection), () => undefined);
    return pinging.then(
      () => true,
      () => false,
    );
  }

  /** @throws NoAnswer when the pool has none in time */
  private take(limitMs: number): Promise<Connection> {
    const taking = promiseOf<Connection>((done) => this.care.take(this.dataSource, done));
    return this.inTime(taking, limitMs, this.care.giveBack);
  }

  /**
   * @param giveBack called with a connection that the pool delivers too late
   * @throws NoAnswer
   */
  private inTime<Given>(
    connecting: Promise<Given>,
    limitMs: number,
    giveBack: (given: Given) => unknown,
  ): Promise<Given> {
    return this.deadlines.within(limitMs, connecting, () => {
      void connecting.then(giveBack).catch(() => undefined);
    });
  }

  private readonly explainTimeout = (error: unknown): never => {
    throw error instanceof NoAnswer ? noFreeConnection(this.timeoutMs) : error;
  };
}

function promiseOf<Result>(work: (done: (error: unknown, result?: Result) => void) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    work((error, result) => {
      if (error) reject(error);
      else resolve(result as Result);
    });
  });
}

/** The running checks, by DataSource: meanwhile, no session takes a connection of that pool. */
const poolChecks = new WeakMap<DataSource, Promise<void>>();

/** Far more than a pool has. */
const MOST_AT_ONCE = 1024;

function noFreeConnection(timeoutMs: number): ConnectionsError {
  return new ConnectionsError(
    'database_busy',
    `The connection pool of the DataSource had no free connection for ${timeoutMs} ms. Nothing was written. Raise the ` +
      '`poolSize` of the DataSource, or shorten the transactions that hold its connections.',
  );
}

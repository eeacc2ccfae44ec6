/**
 * Connections of the host's pool, and transactions on them. A connection that does not answer in time may lead to a peer
 * that is gone, as may every other one of the pool: it is destroyed, and the others are asked before they are used again.
 */
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionsError } from '../errors';
import { NoAnswer } from './failure';

/** What a driver does with one of its connections. */
export interface ConnectionCare<Connection> {
  /** Asks for an answer that costs the server nothing. */
  ping(connection: Connection): Promise<unknown>;
  /** Closes it at once, so that a statement under way fails, and the pool drops it. */
  destroy(connection: Connection): void;
}

export class Pool<Connection extends object> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeoutMs: number,
    private readonly care: ConnectionCare<Connection>,
    /** Used instead of one from the pool, and not released. */
    private readonly given?: QueryRunner,
  ) {}

  /**
   * Runs `work` on a connection of the pool.
   * @throws ConnectionsError `database_busy` when the pool has none in time
   */
  async use<Result>(
    work: (connection: Connection, queryRunner: QueryRunner) => Promise<Result>,
  ): Promise<Result> {
    if (this.given) return work((await this.given.connect()) as Connection, this.given);
    await weedings.get(this.dataSource);
    const queryRunner = this.dataSource.createQueryRunner();
    const connection = await this.connected(queryRunner, this.timeoutMs).catch((error: unknown) => {
      throw error instanceof NoAnswer ? exhausted(this.timeoutMs) : error;
    });
    try {
      return await work(connection, queryRunner);
    } finally {
      await queryRunner.release();
    }
  }

  /**
   * Runs `work` as `use` does, and destroys a connection of the pool if that takes too long.
   * @param limitMs milliseconds
   * @throws NoAnswer
   */
  useWithin<Result>(
    limitMs: number,
    work: (connection: Connection, queryRunner: QueryRunner) => Promise<Result>,
  ): Promise<Result> {
    if (this.given) return this.use(work);
    return this.use((connection, queryRunner) =>
      within(limitMs, work(connection, queryRunner), () => {
        this.care.destroy(connection);
        this.beginWeeding();
      }),
    );
  }

  private beginWeeding(): void {
    if (weedings.has(this.dataSource)) return;
    const weeding = this.weed().finally(() => weedings.delete(this.dataSource));
    weedings.set(this.dataSource, weeding);
  }

  /** Takes more and more connections at a time until all of them answer, and destroys those that do not. */
  private async weed(): Promise<void> {
    const askedMs = this.timeoutMs / 16;
    const healthy: QueryRunner[] = [];
    const goesOn = () => this.dataSource.isInitialized;
    for (let count = 1, isSound = false; !isSound && count <= MOST_AT_ONCE && goesOn(); count *= 2) {
      const asked = Array.from({ length: count }, async () => {
        const queryRunner = this.dataSource.createQueryRunner();
        const connection = await this.connected(queryRunner, askedMs).catch(() => undefined);
        if (!connection) return true;
        if (await this.answers(connection, askedMs)) return healthy.push(queryRunner) > 0;
        await queryRunner.release();
        return false;
      });
      isSound = (await Promise.all(asked)).every(Boolean);
    }
    for (const queryRunner of healthy) await queryRunner.release();
  }

  private async answers(connection: Connection, limitMs: number): Promise<boolean> {
    const pinging = within(limitMs, this.care.ping(connection), () => this.care.destroy(connection));
    return pinging.then(
      () => true,
      () => false,
    );
  }

  /** @throws NoAnswer when the pool has none in time */
  private connected(queryRunner: QueryRunner, limitMs: number): Promise<Connection> {
    const connecting = queryRunner.connect() as Promise<Connection>;
    return within(limitMs, connecting, () => {
      // The pool may still deliver the connection: give it back then.
      void connecting.then(() => queryRunner.release()).catch(() => undefined);
    });
  }
}

/** @throws NoAnswer at once when the time is over; what is awaited may never end, as on a connection that is being closed */
async function within<Result>(
  limitMs: number,
  awaited: Promise<Result>,
  onLate: () => void,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(new NoAnswer(limitMs));
    }, limitMs);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The pools that are being gone through: no session takes a connection meanwhile. */
const weedings = new WeakMap<DataSource, Promise<void>>();

/** Far more than a pool has. */
const MOST_AT_ONCE = 1024;

function exhausted(timeoutMs: number): ConnectionsError {
  return new ConnectionsError(
    'database_busy',
    `The connection pool of the DataSource had no free connection for ${timeoutMs} ms. Nothing was written. Raise the ` +
      '`poolSize` of the DataSource, or shorten the transactions that hold its connections.',
  );
}

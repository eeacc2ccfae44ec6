/** What a signal ends: the wait of one caller, and work over many rows. */
import { ConnectionsError } from '../errors';

/** Ends the wait of a caller when the signal is aborted; the work goes on, since others may wait for it too. */
export function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return signal ? untilAborted(work, signal) : work;
}

async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  work.catch(() => undefined);
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
  }
}

/**
 * Pulls the values of the host's iterable, in batches. If the iterable fails, the values pulled so far are yielded before the
 * error is thrown: if they came from a queue, they would otherwise be lost. Once the signal is aborted, nothing more is yielded,
 * even if the iterable never gives its next value.
 * @returns batches that are full, except the last
 */
export async function* batchesOf<Value>(
  values: Iterable<Value> | AsyncIterable<Value>,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Value[], void> {
  const iterator =
    Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  const next = async () => {
    const result = await iterator.next();
    return result.done ? null : { value: await result.value };
  };
  /** Whether the iterator is at rest and can be told to end; false while a value is awaited, and once it has ended or failed. */
  let isOpen = true;
  try {
    for (;;) {
      const batch: Value[] = [];
      try {
        while (batch.length < size) {
          signal.throwIfAborted();
          isOpen = false;
          const one = await orAborted(next(), signal);
          if (!one) break;
          isOpen = true;
          batch.push(one.value);
        }
      } catch (error) {
        if (batch.length > 0 && !signal.aborted) yield batch;
        throw error;
      }
      if (batch.length > 0) yield batch;
      if (!isOpen) return;
    }
  } finally {
    if (isOpen) await iterator.return?.();
    // A generator hears of it when it goes on, if ever.
    else if (signal.aborted) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

interface Job {
  readonly ending: AbortController;
  readonly work: Promise<unknown>;
}

/**
 * Work over many rows. A shutdown neither waits for all of it nor closes the database while it runs: it stops the work between
 * two statements, and waits for the statement under way.
 */
export class Jobs {
  readonly #underWay = new Set<Job>();

  /**
   * @param signal of the host
   * @param work ends with the reason of the signal that it is given, which the host or a shutdown aborts
   */
  async run<Result>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal?.throwIfAborted();
    const ending = new AbortController();
    const end = () => ending.abort(signal?.reason);
    signal?.addEventListener('abort', end);
    const job = { ending, work: work(ending.signal) };
    this.#underWay.add(job);
    try {
      return await job.work;
    } finally {
      this.#underWay.delete(job);
      signal?.removeEventListener('abort', end);
    }
  }

  /** Ends what is under way, and waits for it. */
  async close(): Promise<void> {
    const jobs = [...this.#underWay];
    for (const { ending } of jobs) ending.abort(closedError());
    await Promise.allSettled(jobs.map(({ work }) => work));
  }
}

function closedError(): ConnectionsError {
  return new ConnectionsError(
    'connections_closed',
    '`connections.close()` was called while this call was at work on many rows. What it had done by then stays so. Call it again ' +
      'to go on.',
  );
}

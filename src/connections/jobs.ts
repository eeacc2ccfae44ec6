/**
 * Work over many rows. A shutdown does not wait until it is done, nor does it close the database under it: it ends the work between
 * two statements and waits for the one under way.
 */
import { ConnectionsError } from '../errors';

interface Job {
  readonly ending: AbortController;
  readonly work: Promise<unknown>;
}

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
    for (const { ending } of jobs) ending.abort(closed());
    await Promise.allSettled(jobs.map(({ work }) => work));
  }
}

function closed(): ConnectionsError {
  return new ConnectionsError(
    'connections_closed',
    '`connections.close()` was called while this call was at work on many rows. What it had done by then stays so. Call it again ' +
      'to go on.',
  );
}

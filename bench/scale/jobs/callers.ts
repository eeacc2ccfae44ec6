/** Many callers whose tokens expire at once, in one process with a small pool, and callers of living tokens beside them. */
import { CONNECTION } from '../../tokens/users';
import type { Latencies } from '../pace';
import { paced, percentile } from '../pace';
import { expire, someUsers } from '../population';
import type { HostOptions, Task } from '../task';
import type { Job } from './job';

const CALLERS = 500;
const POOL = 5;
const READ_EVERY_MS = 5;

interface Served {
  /** Until so many callers had a token. */
  readonly halfMs: number;
  readonly allMs: number;
  /** Callers who got no token. */
  readonly failed: number;
  readonly reads: Latencies;
}

/** Whose tokens have expired, and whose live. */
function chosenUsers() {
  const users = someUsers(2 * CALLERS);
  return { expired: users.slice(0, CALLERS), living: users.slice(CALLERS) };
}

const calling: Task<HostOptions, Served> = {
  name: 'calling',
  async prepare({ openHost }, options) {
    const { connections } = await openHost(options);
    const { expired, living } = chosenUsers();
    let turn = 0;
    const read = () => connections.getAccessToken(living[(turn += 1) % living.length] as string, CONNECTION);
    await Promise.all(Array.from({ length: 100 }, read));
    return async () => {
      const began = performance.now();
      const failed: unknown[] = [];
      const served = Promise.all(
        expired.map(async (userId) => {
          await connections.getAccessToken(userId, CONNECTION).catch((error: unknown) => failed.push(error));
          return performance.now() - began;
        }),
      );
      const reads = await paced(read, READ_EVERY_MS, served);
      const times = await served;
      return {
        halfMs: percentile(times, 0.5),
        allMs: Math.max(...times),
        failed: failed.length,
        reads,
      };
    };
  },
};

export const callers: Job = {
  name: 'callers',
  grows: false,
  tables: 'filled',
  tasks: [calling],

  async measure(bench) {
    await expire(bench.raw, chosenUsers().expired);
    const given = { addresses: bench.addresses, poolSize: POOL };
    const { result, watched } = await bench.run(calling, given);
    const { halfMs, allMs, failed, reads } = result;
    return [
      {
        job: `${CALLERS} callers`,
        measures: [
          ['all served', allMs, 'ms'],
          ['half served ÷ all served', halfMs / allMs, 'share'],
          ['not served', failed, 'count'],
          ['p99 of valid tokens', reads.p99Ms, 'ms'],
          ['longest block', watched.blockMs, 'ms'],
        ],
      },
    ];
  },
};

/** `refreshExpiring({ limit: 1000 })` in one process, among all rows, beside lanes that are never idle. */
import { CONNECTION } from '../../tokens/users';
import { ANSWER_MS } from '../endpoint';
import { expire, someUsers } from '../population';
import type { HostOptions, Task } from '../task';
import type { Job } from './job';
import { LANES, rawLanes } from './lanes';

export const LIMIT = 1000;
const IDEAL_MS = Math.ceil(LIMIT / LANES) * ANSWER_MS;

interface Given extends HostOptions {
  readonly limit: number;
  /** It ends when it has renewed as many of those that can be renewed, or after so many calls, or so long. */
  readonly wanted: number;
  readonly calls: number;
  readonly seconds: number;
}

interface Renewed {
  readonly renewed: number;
  /** Of all calls. */
  readonly ms: number;
  /** Until the last token that was renewed; a call may then still wait for a provider that does not answer. */
  readonly renewedMs: number;
  readonly statements: number;
}

export const refreshing: Task<Given, Renewed> = {
  name: 'refreshing',
  async prepare({ openHost }, { limit, wanted, calls, seconds, ...options }) {
    const { connections, statements } = await openHost(options);
    const done = { renewed: 0, lastAt: Number.NaN };
    connections.on('refreshed', ({ connectionName }) => {
      if (connectionName !== CONNECTION) return;
      done.renewed += 1;
      done.lastAt = performance.now();
    });
    return async () => {
      const [began, before] = [performance.now(), statements()];
      const signal = AbortSignal.timeout(seconds * 1000);
      const isEnough = () => done.renewed >= wanted || signal.aborted;
      for (let call = 0; call < calls && !isEnough(); call += 1) {
        await connections.refreshExpiring({ limit, concurrency: LANES, signal });
      }
      return {
        renewed: done.renewed,
        ms: performance.now() - began,
        renewedMs: done.lastAt - began,
        statements: statements() - before,
      };
    };
  },
};

/** One call that renews a full page. */
export const oneCall = { limit: LIMIT, wanted: LIMIT, calls: 1, seconds: 60 } as const;

export const refresh: Job = {
  name: 'refresh',
  grows: true,
  tables: 'filled',
  tasks: [refreshing, rawLanes],

  async measure(bench) {
    const users = someUsers(LIMIT);
    await expire(bench.raw, users);
    const { result, watched } = await bench.run(refreshing, { ...oneCall, addresses: bench.addresses });
    const { renewed, ms, statements } = result;
    const idealMs = (IDEAL_MS * renewed) / LIMIT;
    await expire(bench.raw, users);
    const { result: floor } = await bench.run(rawLanes, { addresses: bench.addresses, users });
    return [
      {
        job: `refreshExpiring(${LIMIT})`,
        timeMs: ms / renewed,
        measures: [
          ['time ÷ ideal', ms / idealMs, 'times'],
          ['statements per row', statements / renewed, 'times'],
          ['longest block', watched.blockMs, 'ms'],
          ['memory', watched.memoryMb, 'MB'],
        ],
      },
      {
        job: `${LANES} lanes of a raw driver`,
        timeMs: floor.ms / LIMIT,
        measures: [['time ÷ ideal', floor.ms / IDEAL_MS, 'times']],
      },
    ];
  },
};

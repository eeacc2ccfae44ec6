/** Expired flows that the next `authorize` has deleted: what it takes, and how long another program's insert waits. */
import { setTimeout } from 'node:timers/promises';
import { CONNECTION } from '../../tokens/users';
import { STATES } from '../population';
import type { Row } from '../raw';
import type { HostOptions, Task } from '../task';
import type { Job } from './job';
import { probing } from './probe';

const FLOWS = 100_000;
const CHUNK = 10_000;
const LOOK_MS = 20;
const DAY_MS = 86_400_000;
/** How long it is waited for flows that an `authorize` leaves to be deleted later. */
const LONGEST_MS = 60_000;

const columns = ['state', 'user_id', 'connection_name', 'created_at', 'expires_at'] as const;
const remaining = `SELECT state FROM ${STATES} WHERE expires_at < ? LIMIT 1`;

interface Authorized {
  readonly firstMs: number;
  readonly nextMs: number;
}

const authorizing: Task<HostOptions, Authorized> = {
  name: 'authorizing',
  async prepare({ openHost, openRaw }, options) {
    const { connections } = await openHost(options);
    const raw = await openRaw();
    const took = async () => {
      const began = performance.now();
      await connections.authorize('ada', CONNECTION);
      return performance.now() - began;
    };
    return async () => {
      const firstMs = await took();
      const until = performance.now() + LONGEST_MS;
      const now = [new Date().toISOString()];
      while ((await raw.rows(remaining, now)).length > 0 && performance.now() < until) {
        await setTimeout(LOOK_MS);
      }
      return { firstMs, nextMs: await took() };
    };
  },
};

export const sweep: Job = {
  name: 'sweep',
  grows: false,
  tables: 'empty',
  tasks: [authorizing, probing],

  async measure(bench) {
    const flows = Math.min(FLOWS, bench.rows);
    for (let from = 0; from < flows; from += CHUNK) {
      await bench.raw.insert(STATES, columns, expired(from, Math.min(from + CHUNK, flows)));
    }
    await bench.raw.tidy(STATES);
    const at = new Date(Date.now() + DAY_MS).toISOString();
    const sql = `INSERT INTO ${STATES} (${columns.join(', ')}) VALUES (?, ?, '${CONNECTION}', '${at}', '${at}')`;
    const probe = await bench.start(probing, { sql });
    const waited = probe.go();
    const { result, watched } = await bench.run(authorizing, { addresses: bench.addresses });
    probe.stop();
    return [
      {
        job: `sweep of ${flows.toLocaleString('en')} flows`,
        measures: [
          ['the `authorize`', result.firstMs, 'ms'],
          ['the next one', result.nextMs, 'ms'],
          ['longest insert of others', (await waited).result.longestMs, 'ms'],
          ['longest block', watched.blockMs, 'ms'],
        ],
      },
    ];
  },
};

function expired(from: number, to: number): Row[] {
  const at = new Date(Date.now() - DAY_MS).toISOString();
  return Array.from({ length: to - from }, (_, index) => [
    `state-${from + index}`,
    `gone-${from + index}`,
    CONNECTION,
    at,
    at,
  ]);
}

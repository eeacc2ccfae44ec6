/** `importAll`, beside a raw driver that encrypts and inserts the same rows, a hundred in each transaction. */
import { ACCOUNT, SCOPES } from '../../tokens/users';
import { TOKENS, insertedColumns, population, tokenOf, valuesOf } from '../population';
import type { HostOptions, Task } from '../task';
import type { Job } from './job';

const ROWS = 10_000;
const BATCH = 100;

interface Given extends HostOptions {
  /** The number of the first row; of none that is there. */
  readonly from: number;
}

interface Imported {
  readonly ms: number;
}

const ours: Task<Given, Imported> = {
  name: 'importing',
  async prepare({ openHost }, { from, ...options }) {
    const { connections } = await openHost(options);
    return async () => {
      const began = performance.now();
      const { stored } = await connections.importAll(entries(from));
      if (stored !== ROWS) throw new Error(`${stored} rows were stored instead of ${ROWS}.`);
      return { ms: performance.now() - began };
    };
  },
};

function* entries(from: number) {
  for (const { userId, connectionName } of population(from, from + ROWS)) {
    yield {
      userId,
      connectionName,
      account: ACCOUNT,
      accessToken: tokenOf(userId, 'access'),
      refreshToken: tokenOf(userId, 'refresh'),
      expiresAt: new Date('2099-12-31'),
      scopes: SCOPES,
    };
  }
}

const atTheFloor: Task<{ readonly from: number }, Imported> = {
  name: 'importing at the floor',
  async prepare({ openRaw }, { from }) {
    const raw = await openRaw();
    return async () => {
      const began = performance.now();
      const rows = [...population(from, from + ROWS)];
      for (let start = 0; start < ROWS; start += BATCH) {
        await raw.insert(TOKENS, insertedColumns, rows.slice(start, start + BATCH).map(valuesOf));
      }
      return { ms: performance.now() - began };
    };
  },
};

export const importing: Job = {
  name: 'import',
  grows: false,
  tables: 'filled',
  tasks: [ours, atTheFloor],

  async measure(bench) {
    const from = bench.rows * 10;
    const { addresses } = bench;
    const { result, watched } = await bench.run(ours, { from, addresses });
    const floor = (await bench.run(atTheFloor, { from: from + ROWS })).result;
    return [
      {
        job: 'importAll',
        timeMs: result.ms / ROWS,
        measures: [
          ['time ÷ floor', result.ms / floor.ms, 'times'],
          ['longest block', watched.blockMs, 'ms'],
          ['memory', watched.memoryMb, 'MB'],
        ],
      },
    ];
  },
};

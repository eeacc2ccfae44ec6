/** Rows that cannot be renewed and expired before those that can: how fast the others are renewed, to the normal rate. */
import type { Outcome } from '../figures';
import type { NewRow } from '../population';
import { TOKENS, expire, insertTokens, someUsers } from '../population';
import { REFUSED, SILENT } from '../world';
import type { Bench, Job } from './job';
import { LIMIT, oneCall, refreshing } from './refresh';

const CALLS = 6;
/** Begins no refresh after that. */
const SECONDS = 6;
const REQUEST_MS = 1000;
const DAY_MS = 86_400_000;

const cases = [
  { job: 'a provider that refuses', connectionName: REFUSED, rows: 1000 },
  { job: 'a provider that is silent', connectionName: SILENT, rows: 1000 },
  { job: '10,000 undeclared rows', connectionName: 'not-declared', rows: 10_000 },
] as const;

export const troubles: Job = {
  name: 'troubles',
  grows: false,
  tables: 'filled',
  tasks: [],

  async measure(bench) {
    const before = await rate(bench);
    const rates: number[] = [];
    for (const { connectionName, rows } of cases) {
      await insertTokens(bench.raw, troubled(connectionName, rows));
      rates.push(await rate(bench));
      await bench.raw.change(`DELETE FROM ${TOKENS} WHERE connection_name = ?`, [connectionName]);
    }
    const normal = (before + (await rate(bench))) / 2;
    return cases.map(({ job }, index): Outcome => {
      const share = (rates[index] ?? Number.NaN) / normal;
      return { job, measures: [['renewal rate ÷ normal', share, 'share']] };
    });
  },
};

async function rate(bench: Bench): Promise<number> {
  await expire(bench.raw, someUsers(LIMIT));
  const given = { ...oneCall, calls: CALLS, seconds: SECONDS, requestTimeoutMs: REQUEST_MS };
  const { result } = await bench.run(refreshing, { ...given, addresses: bench.addresses });
  return result.renewed / result.renewedMs;
}

function* troubled(connectionName: string, rows: number): Generator<NewRow> {
  const expiresAt = new Date(Date.now() - DAY_MS).toISOString();
  for (let number = 0; number < rows; number += 1) {
    yield { userId: `${connectionName}-${number}`, connectionName, expiresAt };
  }
}

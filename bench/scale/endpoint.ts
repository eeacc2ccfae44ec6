/** Token endpoints on this machine: one that takes its time, one that never answers, and one that is not there. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Closing } from './closing';

/** What an answer takes, unless told otherwise. */
export const ANSWER_MS = 50;

export interface Addresses {
  readonly token: string;
  /** A POST to it says how many milliseconds an answer takes from then on. */
  readonly pace: string;
  readonly silent: string;
  readonly refused: string;
}

export async function startEndpoint(closing: Closing): Promise<Addresses> {
  const child = fork(new URL('endpoint-process.ts', import.meta.url));
  closing.add(async () => void child.kill('SIGTERM'));
  const [addresses] = (await once(child, 'message')) as [Addresses];
  return addresses;
}

/** Lets the endpoint take that long while `work` runs. */
export async function answeringAfter<Result>(
  ms: number,
  { pace }: Addresses,
  work: () => Promise<Result>,
): Promise<Result> {
  const say = (body: number) => fetch(pace, { method: 'POST', body: String(body) });
  await say(ms);
  try {
    return await work();
  } finally {
    await say(ANSWER_MS);
  }
}

/** Starts a task in a process of its own, and ends that process by its id if it has not ended by itself. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import type { Closing } from './closing';
import type { Task } from './task';
import type { Watched } from './watch';
import type { Site } from './world';

export interface Order {
  readonly site: Site;
  readonly task: string;
  readonly given: unknown;
}

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: unknown; readonly watched: Watched }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Done<Result> {
  readonly result: Result;
  readonly watched: Watched;
}

export interface Started<Result> {
  /** Begins the work, which ends by itself or when it is stopped. */
  go(): Promise<Done<Result>>;
  stop(): void;
}

/** @returns once everything is prepared */
export async function start<Given, Result>(
  site: Site,
  task: Task<Given, Result>,
  given: Given,
  closing: Closing,
): Promise<Started<Result>> {
  const order: Order = { site, task: task.name, given };
  const child = fork(new URL('worker.ts', import.meta.url), [JSON.stringify(order)]);
  closing.add(async () => void child.kill('SIGKILL'));
  await answerOf(child, task.name, 'ready');
  const work = async () => {
    const done = answerOf(child, task.name, 'done');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.send('go');
    const { result, watched } = await done;
    await ended;
    return { result: result as Result, watched };
  };
  return {
    go() {
      const done = work();
      // Whoever awaits it hears of an error, perhaps after something else that is awaited first.
      done.catch(() => undefined);
      return done;
    },
    stop() {
      if (child.connected) child.send('stop');
    },
  };
}

function answerOf<Kind extends Answer['kind']>(
  child: ChildProcess,
  name: string,
  kind: Kind,
): Promise<Extract<Answer, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const exited = (code: number | null) =>
      reject(new Error(`The process of ${name} ended with code ${code}`));
    const said = (message: unknown) => {
      const sent = message as Answer;
      if (sent.kind !== kind && sent.kind !== 'failed') return;
      child.off('exit', exited);
      child.off('message', said);
      if (sent.kind === 'failed') reject(new Error(`${name}: ${sent.reason}`));
      else resolve(sent as Extract<Answer, { kind: Kind }>);
    };
    child.on('message', said);
    child.once('exit', exited);
  });
}

/** The process of one task: prepares it, runs it at a signal while it watches itself, and sends what came of it. */
import { Closing } from './closing';
import { tasks } from './jobs';
import type { Answer, Order } from './process';
import type { Task, World } from './task';
import { watch } from './watch';
import { makeWorld } from './world';

const { site, task: name, given } = JSON.parse(process.argv[2] ?? '') as Order;
const answer = (sent: Answer) => process.send?.(sent);
const closing = new Closing();

// Ctrl-C reaches every process of a terminal; the one that started this one ends it.
process.on('SIGINT', () => undefined);
process.once('disconnect', () => process.exit());

try {
  const work = await prepared(makeWorld(site, closing));
  const signals = heard();
  answer({ kind: 'ready' });
  await signals.go;
  const unwatch = watch();
  const result = await work(signals.stop);
  answer({ kind: 'done', result, watched: unwatch() });
} catch (error) {
  answer({ kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
await closing.close();
process.disconnect?.();

function prepared(world: World): ReturnType<Task<never, unknown>['prepare']> {
  const task = tasks.find((known) => known.name === name);
  if (!task) throw new Error(`There is no task ${name}`);
  // What was given for it, though the name alone does not say so.
  return task.prepare(world, given as never);
}

function heard() {
  const waiting = (wanted: string) =>
    new Promise<void>((resolve) => {
      process.on('message', (message) => {
        if (message === wanted) resolve();
      });
    });
  return { go: waiting('go'), stop: waiting('stop') };
}

/**
 * Pauses of work that goes on by itself, and how long they have taken. A test of a host that holds the clock must not hold these, of
 * which it cannot know: they are taken with the timers that the process had when this was loaded or, where those were held already, with
 * what no test holds. What limits how long something else may take goes by the timers of the moment.
 */
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { MessageChannel } from 'node:worker_threads';

interface Pauses {
  readonly later: (work: () => void) => unknown;
  readonly after: (work: () => void, milliseconds: number) => unknown;
}

const ofTimers: Pauses = { later: setImmediate, after: setTimeout };

/** Of ES2024; every Node.js that is served has it. */
interface WaitAsync {
  waitAsync(
    cell: Int32Array,
    index: number,
    value: number,
    milliseconds: number,
  ): { readonly value: unknown };
}

const ofMessages: Pauses = {
  later(work) {
    const { port1, port2 } = new MessageChannel();
    port1.once('message', () => {
      port1.close();
      work();
    });
    port2.postMessage(null);
  },
  async after(work, milliseconds) {
    // The wait alone would not keep the process alive.
    const { port1 } = new MessageChannel();
    port1.ref();
    const { value } = (Atomics as unknown as WaitAsync).waitAsync(
      new Int32Array(new SharedArrayBuffer(4)),
      0,
      0,
      milliseconds,
    );
    await value;
    port1.close();
    work();
  },
};

const { later, after } = areTimersHeld() ? ofMessages : ofTimers;

/** Those of Node.js are asynchronous resources, which those of a test are not. */
function areTimersHeld(): boolean {
  const immediate = setImmediate(() => undefined);
  clearImmediate(immediate);
  const timeout = setTimeout(() => undefined, 1);
  clearTimeout(timeout);
  const isResource = (timer: object) =>
    Object.getOwnPropertySymbols(timer).some(({ description }) => description === 'asyncId');
  return !isResource(immediate) || !isResource(timeout);
}

/** Does something once everything else that is ready in the process has had its turn. */
export function afterTurn(work: () => void): void {
  later(work);
}

/** Lets everything else that is ready in the process have its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void later(resolve));
}

/** @param milliseconds at least */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void after(resolve, milliseconds));
}

/** For the deadline of work that pauses: milliseconds that the process has run, which no test holds. */
export function elapsedMs(): number {
  return process.uptime() * 1000;
}

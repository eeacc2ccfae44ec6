/**
 * Pauses in work that runs in the background, and a clock for them. A host's test that fakes timers must not stop these pauses, which it
 * does not know of: they use the timers that the process had when this module was loaded or, where those were fake already, primitives
 * that no test fakes. Limits on how long other work may take use the current timers.
 */
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { MessageChannel } from 'node:worker_threads';

interface Pauses {
  readonly later: (work: () => void) => unknown;
  readonly after: (work: () => void, milliseconds: number) => unknown;
}

const ofTimers: Pauses = { later: setImmediate, after: setTimeout };

/** Part of ES2024; every supported version of Node.js has it. */
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

const { later, after } = areTimersFake() ? ofMessages : ofTimers;

/** Node's own timers are asynchronous resources; the fake timers of a test are not. */
function areTimersFake(): boolean {
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

/** Milliseconds since the process started, which no test fakes: for the deadlines of work that pauses. */
export function elapsedMs(): number {
  return process.uptime() * 1000;
}

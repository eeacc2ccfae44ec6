/** Typed events. An error of a listener is logged and never reaches the code that emits the event. */
import type { Log } from './logging';
import { describeError } from './errors';
import { settle } from './logging';

export class Events<Payloads extends Record<string, unknown>> {
  private readonly listeners = new Map<keyof Payloads, Set<(payload: never) => unknown>>();

  constructor(private readonly log: Log) {}

  /** @returns a function that removes the listener */
  on<Name extends keyof Payloads>(name: Name, listener: (payload: Payloads[Name]) => unknown): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  emit<Name extends keyof Payloads>(name: Name, payload: Payloads[Name]): void {
    const listeners = new Set(this.listeners.get(name));
    for (const listener of listeners) {
      settle(
        () => (listener as (payload: Payloads[Name]) => unknown)(payload),
        (error) => this.log('error', `A listener of "${String(name)}" failed: ${describeError(error)}`),
      );
    }
  }
}

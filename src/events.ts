/** Typed events. An error of a listener is logged and never reaches the code that emits the event. */
import type { Log } from './logging';
import { describeError, quote } from './errors';
import { settle } from './logging';
import { optionInvalid } from './options';

export class Events<Payloads extends Record<string, unknown>> {
  private readonly listeners = new Map<keyof Payloads, Set<(payload: never) => unknown>>();

  /** @param names of all events, so that a misspelled one is noticed */
  constructor(
    private readonly log: Log,
    private readonly names: Readonly<Record<keyof Payloads, true>>,
  ) {}

  /**
   * @returns a function that removes the listener
   * @throws ConnectionsError `option_invalid`
   */
  on<Name extends keyof Payloads>(name: Name, listener: (payload: Payloads[Name]) => unknown): () => void {
    if (!Object.hasOwn(this.names, name)) {
      throw optionInvalid(
        `There is no event ${quote(name)}. The events are ${Object.keys(this.names).join(', ')}.`,
      );
    }
    if (typeof listener !== 'function')
      throw optionInvalid('The second argument of `on` must be a function.');
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

/** Pulls the values of an iterable of the host, in batches. */
import { orAborted } from './waiting';

/**
 * What was pulled before the iterable failed is given, too, before the error is thrown: where it took the values from a queue, they
 * would be lost. Once the signal is aborted nothing is given any more, even where the next value never comes.
 * @returns batches that are full, except the last
 */
export async function* pulled<Value>(
  values: Iterable<Value> | AsyncIterable<Value>,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Value[], void> {
  const iterator =
    Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  const next = async () => {
    const result = await iterator.next();
    return result.done ? null : { value: await result.value };
  };
  /** One that has ended or failed is not told to end. */
  let isOpen = true;
  try {
    for (;;) {
      const batch: Value[] = [];
      try {
        while (batch.length < size) {
          signal.throwIfAborted();
          isOpen = false;
          const one = await orAborted(next(), signal);
          if (!one) break;
          isOpen = true;
          batch.push(one.value);
        }
      } catch (error) {
        if (batch.length > 0 && !signal.aborted) yield batch;
        throw error;
      }
      if (batch.length > 0) yield batch;
      if (!isOpen) return;
    }
  } finally {
    if (isOpen) await iterator.return?.();
    // A generator hears of it when it goes on, if ever.
    else if (signal.aborted) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

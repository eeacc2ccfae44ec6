/** How many answers a second a program gives to some callers at once, each of whom asks again as soon as it has one. */
import type { AccessToken } from 'mcp-connections';
import type { User } from './users';

export type Read = (user: User) => Promise<AccessToken>;

/** @returns answers per second */
export type Rate = (callers: number, seconds: number) => Promise<number>;

/**
 * Goes on each time where it stopped.
 * @param order of the users that are asked for, and again from its beginning after its end
 * @param from where in it to begin, between 0 and 1
 */
export function rateOf(read: (user: User) => Promise<unknown>, order: readonly User[], from: number): Rate {
  let position = Math.floor(from * order.length);
  return async (callers, seconds) => {
    globalThis.gc?.();
    let served = 0;
    const began = performance.now();
    const until = began + seconds * 1000;
    const caller = async () => {
      while (performance.now() < until) {
        const user = order[position % order.length] as User;
        position += 1;
        await read(user);
        served += 1;
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return (served * 1000) / (performance.now() - began);
  };
}

export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

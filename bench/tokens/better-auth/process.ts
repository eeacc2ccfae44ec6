/**
 * better-auth in a process of its own: it uses AsyncLocalStorage, which on Node.js 20 makes every promise of a process
 * dearer, those of the other programs too. It is asked one thing at a time.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AccessToken } from 'mcp-connections';
import type { Rate, Read } from '../rate';
import type { User } from '../users';

/** What the process is asked; nothing else is sent to it. */
export type Question =
  /** An `AccessToken`. */
  | { readonly read: User }
  /** Tokens per second. */
  | { readonly rate: readonly [callers: number, seconds: number] };

/** What it answers; first of all, when it is ready, the value is undefined. */
export type Answer = { readonly value?: unknown } | { readonly error: string };

export interface BetterAuthProcess {
  readonly read: Read;
  readonly rate: Rate;
  readonly close: () => Promise<void>;
}

/**
 * Ready when there are as many accounts as users.
 * @param address whose search path is a schema for its tables
 * @param from where in the order of users it begins
 */
export async function startBetterAuth(address: string, n: number, from: number): Promise<BetterAuthProcess> {
  const child = fork(new URL('child.ts', import.meta.url), [address, String(n), String(from)], {
    serialization: 'advanced',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const ended = once(child, 'exit');
  const answer = async (): Promise<unknown> => {
    const [said] = (await Promise.race([once(child, 'message'), ended])) as [Answer | number | null];
    if (typeof said !== 'object' || said === null) throw new Error('The process of better-auth has ended.');
    if ('error' in said) throw new Error(`better-auth: ${said.error}`);
    return said.value;
  };
  const ask = async (question: Question) => {
    const answered = answer();
    child.send(question);
    return answered;
  };
  const close = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  try {
    await answer();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    read: async (user) => (await ask({ read: user })) as AccessToken,
    rate: async (callers, seconds) => (await ask({ rate: [callers, seconds] })) as number,
    close,
  };
}

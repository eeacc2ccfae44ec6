/** Another program that sends one statement again and again while a job runs: how long it has to wait. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Task } from '../task';

const PAUSE_MS = 5;

interface Given {
  /** Each `?` is given a new UUID. */
  readonly sql: string;
}

/** One after the other, with a pause between two. */
export const probing: Task<Given, { readonly longestMs: number }> = {
  name: 'probing',
  async prepare({ openRaw }, { sql }) {
    const raw = await openRaw();
    const isRead = sql.startsWith('SELECT');
    const send = async () => {
      const values = Array.from(sql.matchAll(/\?/g), () => randomUUID());
      await (isRead ? raw.rows(sql, values) : raw.change(sql, values));
    };
    await send();
    return async (stopped) => {
      const state = { isOver: false, longestMs: 0 };
      void stopped.then(() => void (state.isOver = true));
      const isOver = () => state.isOver;
      while (!isOver()) {
        const began = performance.now();
        await send();
        state.longestMs = Math.max(state.longestMs, performance.now() - began);
        await setTimeout(PAUSE_MS);
      }
      return { longestMs: state.longestMs };
    };
  },
};

/** Another program that sends one statement again and again while a job runs: how long it has to wait. */
import { randomUUID } from 'node:crypto';
import type { Latencies } from '../pace';
import { paced } from '../pace';
import type { Task } from '../task';

const EVERY_MS = 5;

interface Given {
  /** Each `?` is given a new UUID. */
  readonly sql: string;
}

export const probing: Task<Given, Latencies> = {
  name: 'probing',
  async prepare({ openRaw }, { sql }) {
    const raw = await openRaw();
    const values = () => Array.from(sql.matchAll(/\?/g), () => randomUUID());
    const isRead = sql.startsWith('SELECT');
    const send = async () => void (await (isRead ? raw.rows(sql, values()) : raw.change(sql, values())));
    let last = send();
    await last;
    // One after the other, as on any connection.
    const probe = () => (last = last.then(send));
    return (stopped) => paced(probe, EVERY_MS, stopped);
  },
};

/** The processes of `rewriting.ts`: the package, the floor, and readers. */
import { setTimeout } from 'node:timers/promises';
import type { Connections } from 'mcp-connections';
import { open, seal } from '../../sealed';
import { CONNECTION } from '../../tokens/users';
import type { Latencies } from '../pace';
import { paced } from '../pace';
import type { KeyId } from '../population';
import { TOKENS, floorKey, someUsers } from '../population';
import type { Row } from '../raw';
import type { HostOptions, Task } from '../task';

/** Every row with another key, or all of a connection under another name. */
export type Rewriting =
  | { readonly kind: 'reencrypt'; readonly key: KeyId }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

const READ_EVERY_MS = 5;
const IDLE_MS = 1000;
const READ_USERS = 1000;
const PAGE = 100;
const columns = ['access_token_encrypted', 'refresh_token_encrypted'] as const;

interface OursGiven extends HostOptions {
  readonly rewriting: Rewriting;
  /** When `reencrypt` is told to stop. */
  readonly stopMs: number;
}

interface Rewrote {
  readonly ms: number;
  readonly idle: Latencies;
  readonly own: Latencies;
  /** Until it stopped after it was told to; null where it was done before. */
  readonly heardMs: number | null;
}

export const ours: Task<OursGiven, Rewrote> = {
  name: 'rewriting',
  async prepare({ openHost }, { rewriting, stopMs, ...options }) {
    const currentKey = rewriting.kind === 'reencrypt' ? rewriting.key : 'k1';
    const { connections } = await openHost({ ...options, currentKey });
    const read = readerOf(connections);
    const idle = await paced(read, READ_EVERY_MS, setTimeout(IDLE_MS));
    return async () => {
      const began = performance.now();
      const signal = AbortSignal.timeout(stopMs);
      const work = rewritten(connections, rewriting, signal).then((isStopped) => ({
        ms: performance.now() - began,
        isStopped,
      }));
      const own = await paced(read, READ_EVERY_MS, work);
      const { ms, isStopped } = await work;
      return { ms, idle, own, heardMs: isStopped ? ms - stopMs : null };
    };
  },
};

/** @returns whether it stopped before its end */
async function rewritten(connections: Connections, how: Rewriting, signal: AbortSignal): Promise<boolean> {
  if (how.kind === 'rename') {
    await connections.renameConnection(how.from, how.to);
    return false;
  }
  try {
    await connections.reencrypt({ signal });
    return false;
  } catch (error) {
    if (error !== signal.reason) throw error;
    return true;
  }
}

interface FloorGiven {
  readonly rewriting: Rewriting;
  /** When it stops at the latest. */
  readonly mostMs: number;
}

/** Reads pages in the order of ids and writes each at once, where its rows are as they were read. */
export const atTheFloor: Task<FloorGiven, { readonly ms: number; readonly rows: number }> = {
  name: 'rewriting at the floor',
  async prepare({ openRaw }, { rewriting, mostMs }) {
    const raw = await openRaw();
    const isRename = rewriting.kind === 'rename';
    const ofConnection = isRename ? 'connection_name = ? AND ' : '';
    const page =
      `SELECT id, user_id, connection_name, account, ${columns.join(', ')} FROM ${TOKENS} ` +
      `WHERE ${ofConnection}id > ? ORDER BY id LIMIT ${PAGE}`;
    const key = floorKey(isRename ? 'k1' : rewriting.key);
    const again = ([id = '', userId, name, account, ...texts]: Row): Row => {
      const to = isRename ? rewriting.to : name;
      const sealed = texts.map((text, index) => {
        const place = (connection: unknown) =>
          [TOKENS, columns[index], userId, connection, account].map(String);
        const plain = open(String(text), place(name), (keyId) => floorKey(keyId as KeyId).key);
        return seal(plain, place(to), key);
      });
      return [id, texts[0] ?? null, ...sealed, ...(isRename ? [rewriting.to] : [])];
    };
    const written = isRename ? [...columns, 'connection_name'] : columns;
    return async () => {
      const began = performance.now();
      const until = began + mostMs;
      let [after, rows] = ['', 0];
      while (performance.now() < until) {
        const read = await raw.rows(page, isRename ? [rewriting.from, after] : [after]);
        if (read.length > 0) rows += await raw.rewrite(written, read.map(again));
        if (read.length < PAGE) break;
        after = String(read.at(-1)?.[0]);
      }
      return { ms: performance.now() - began, rows };
    };
  },
};

/** Reads before and after it begins, until it is stopped. */
export const reading: Task<HostOptions, { readonly idle: Latencies; readonly during: Latencies }> = {
  name: 'reading',
  async prepare({ openHost }, options) {
    const { connections } = await openHost(options);
    const read = readerOf(connections);
    const idle = await paced(read, READ_EVERY_MS, setTimeout(IDLE_MS));
    return async (stopped) => ({ idle, during: await paced(read, READ_EVERY_MS, stopped) });
  },
};

/** Reads tokens of users who keep theirs. */
function readerOf(connections: Connections): () => Promise<unknown> {
  const users = someUsers(READ_USERS);
  let turn = 0;
  return () => connections.getAccessToken(users[(turn += 1) % users.length] as string, CONNECTION);
}

/**
 * Sessions whose host has switched autocommit off. There, a read begins a transaction that shows the same rows for ever, and
 * a write is not committed: what we do on such a connection is put between two commits.
 */
import type { MysqlClient } from './client';
import { answerOf } from './client';
import { orCommitFailure } from './dialect';

const SERVER_STATUS_AUTOCOMMIT = 2;

/** How long a session's autocommit state is cached, in milliseconds: the host may change it at any time. */
const BELIEVED_MS = 1_000;

interface SessionState {
  /** Whether the session commits by itself. */
  readonly isOn: boolean;
  /** By `performance.now()`. */
  readonly at: number;
}

const sessions = new WeakMap<MysqlClient, SessionState>();

/** Runs `work`, whose statements are committed when it resolves. */
export async function inAutocommit<Result>(
  client: MysqlClient,
  work: () => Promise<Result>,
): Promise<Result> {
  if (await isAutocommitOn(client)) return work();
  // A read that the host left behind would hide what others have written since. A write that it left behind is committed, as
  // the next START TRANSACTION would do.
  await commit(client);
  const result = await work();
  await commit(client).catch(orCommitFailure);
  return result;
}

/** Commits a statement on a connection that turns out not to commit by itself. */
export async function commitUnless(
  client: MysqlClient,
  { serverStatus }: { serverStatus: number },
): Promise<void> {
  if ((serverStatus & SERVER_STATUS_AUTOCOMMIT) !== 0) return;
  sessions.set(client, { isOn: false, at: performance.now() });
  await commit(client).catch(orCommitFailure);
}

/** Whether that is known of a session now. */
export function commitsByItself(client: MysqlClient): boolean {
  return freshState(client)?.isOn === true;
}

function freshState(client: MysqlClient): SessionState | undefined {
  const known = sessions.get(client);
  return known && performance.now() - known.at < BELIEVED_MS ? known : undefined;
}

async function isAutocommitOn(client: MysqlClient): Promise<boolean> {
  const known = freshState(client);
  if (known) return known.isOn;
  const answer = await answerOf(client, 'query', { sql: 'SELECT @@SESSION.autocommit' });
  const isOn = Array.isArray(answer) && Number(answer[0]?.[0]) === 1;
  sessions.set(client, { isOn, at: performance.now() });
  return isOn;
}

function commit(client: MysqlClient): Promise<unknown> {
  return answerOf(client, 'query', { sql: 'COMMIT' });
}

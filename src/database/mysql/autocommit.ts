/**
 * Sessions whose host has switched autocommit off. There, a read begins a transaction that shows the same rows for ever, and
 * a write is not committed: what we do on such a connection is put between two commits.
 */
import type { MysqlClient } from './client';
import { answerOf } from './client';
import { orCommitFailure } from './failure';

const SERVER_STATUS_AUTOCOMMIT = 2;

/** Whether a connection commits by itself. */
const commits = new WeakMap<MysqlClient, boolean>();

/** Runs `work`, whose statements are committed when it resolves. */
export async function inAutocommit<Result>(
  client: MysqlClient,
  work: () => Promise<Result>,
): Promise<Result> {
  const isOn = commits.get(client) ?? (await isAutocommitOn(client));
  if (isOn) return work();
  // What the host has left behind is most likely a read, whose snapshot would hide what others have written since.
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
  commits.set(client, false);
  await commit(client).catch(orCommitFailure);
}

async function isAutocommitOn(client: MysqlClient): Promise<boolean> {
  const answer = await answerOf(client, 'query', { sql: 'SELECT @@SESSION.autocommit' });
  const isOn = Array.isArray(answer) && Number(answer[0]?.[0]) === 1;
  commits.set(client, isOn);
  return isOn;
}

function commit(client: MysqlClient): Promise<unknown> {
  return answerOf(client, 'query', { sql: 'COMMIT' });
}

/** Writers that end what a user has granted: the loops of src/connections/disconnect.ts. */
import { giveBack } from './give-back';
import { opened } from './sealed';
import type { Row } from './world';
import type { Failure, Setting, Step, Writer } from './writer';

export function disconnect(user = 'ada'): Writer {
  return {
    title: 'disconnect',
    user,
    *run(_name, _memory, setting) {
      yield { do: 'statement', name: 'endFlows', given: { user } };
      const row: Row | null = yield { do: 'read', by: 'user', value: user };
      const deleted: Row | 'failed' | null = row && (yield* remove(row, true));
      if (deleted === 'failed') return { outcome: 'failed' };
      if (deleted) yield* revoke(deleted, setting);
      return { outcome: deleted ? 'disconnected' : 'nothing' };
    },
  };
}

export function forget(user = 'ada'): Writer {
  return {
    title: 'forget',
    user,
    *run(_name, _memory, setting) {
      yield { do: 'statement', name: 'endFlows', given: { user } };
      const rows: readonly Row[] = yield { do: 'list', user };
      const deleted: Row[] = [];
      let hasFailed = false;
      for (const row of rows) {
        const gone: Row | 'failed' | null = yield* remove(row, false);
        hasFailed = gone === 'failed';
        if (hasFailed) break;
        if (gone !== null && gone !== 'failed') deleted.push(gone);
      }
      for (const row of deleted) yield* revoke(row, setting);
      return { outcome: hasFailed ? 'failed' : 'forgotten' };
    },
  };
}

/** @returns the row as it was deleted; null when it has gone, or is no longer the one that was meant; `failed` for an error */
function* remove(row: Row, isOneGrant: boolean): Step {
  const isMeant = (now: Row) => now.user === row.user && (!isOneGrant || now.grantId === row.grantId);
  let seen: Row | null = row;
  while (seen && isMeant(seen)) {
    const isDeleted: boolean | Failure = yield {
      do: 'statement',
      name: 'delete',
      given: { seen },
      mayFail: true,
    };
    if (isDeleted === true) return seen;
    const now: Row | null = yield { do: 'read', by: 'id', value: row.id };
    if (isDeleted !== false) return now === null ? seen : 'failed';
    seen = now;
  }
  return null;
}

function* revoke({ access, user }: Row, setting: Setting): Step {
  yield* giveBack(opened(access).pair, user, setting);
}

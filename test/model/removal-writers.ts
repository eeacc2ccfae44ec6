/** Writers that end what a user has granted: the loops of src/connections/disconnect.ts. */
import { giveBack } from './give-back';
import { opened } from './sealed';
import type { Row } from './world';
import type { Setting, Step, Writer } from './writer';

export function disconnect(user = 'ada'): Writer {
  return {
    title: 'disconnect',
    user,
    *run(_name, _memory, setting) {
      yield { do: 'statement', name: 'endFlows', given: { user } };
      const row: Row | null = yield { do: 'read', by: 'user', value: user };
      const deleted: Row | null = row && (yield* remove(row, true));
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
      for (const row of rows) {
        const gone: Row | null = yield* remove(row, false);
        if (gone) deleted.push(gone);
      }
      for (const row of deleted) yield* revoke(row, setting);
      return { outcome: 'forgotten' };
    },
  };
}

/** @returns the row as it was deleted; null when it has gone, or is no longer the one that was meant */
function* remove(row: Row, isOneGrant: boolean): Step {
  const isMeant = (now: Row) => now.user === row.user && (!isOneGrant || now.grantId === row.grantId);
  let seen: Row | null = row;
  while (seen && isMeant(seen)) {
    if (yield { do: 'statement', name: 'delete', given: { seen } }) return seen;
    seen = yield { do: 'read', by: 'id', value: row.id };
  }
  return null;
}

function* revoke({ access, user }: Row, setting: Setting): Step {
  yield* giveBack(opened(access).pair, user, setting);
}

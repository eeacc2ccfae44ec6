/** Writers that encrypt the same tokens anew: the loops of src/tokens/rename.ts and src/tokens/reencrypt.ts. */
import { opened, sealed } from './sealed';
import type { Row } from './world';
import type { Step, Writer } from './writer';

export function rename(from = 'ada', to = 'bob'): Writer {
  return {
    title: `rename ${from} to ${to}`,
    user: from,
    *run(name) {
      yield { do: 'statement', name: 'endFlows', given: { user: from } };
      const rows: readonly Row[] = yield { do: 'list', user: from };
      for (const row of rows) {
        if ((yield* renameOne(row, to, name)) === 'taken') return { outcome: 'taken' };
      }
      return { outcome: 'renamed' };
    },
  };
}

function* renameOne(row: Row, to: string, name: string): Step {
  let current: Row | null = row;
  while (current) {
    if (current.lease !== 'running') {
      const changes = { ...again(current, to, name), user: to };
      const result: unknown = yield { do: 'statement', name: 'rewrite', given: { seen: current, changes } };
      if (result === true || result === 'taken') return result;
    }
    yield { do: 'wait', seen: current };
    const now: Row | null = yield { do: 'read', by: 'id', value: row.id };
    if (now?.user === to) return true;
    current = now?.user === row.user ? now : null;
  }
  return false;
}

export const reencrypt: Writer = {
  title: 'reencrypt',
  user: 'ada',
  *run(name) {
    const rows: readonly Row[] = yield { do: 'list', user: null };
    for (const seen of rows) {
      if (opened(seen.access).key === 'k2' || seen.lease === 'running') continue;
      yield { do: 'statement', name: 'rewrite', given: { seen, changes: again(seen, seen.user, name) } };
    }
    return { outcome: 'reencrypted' };
  },
};

/** The same tokens for that user, with the current key. */
function again(
  { id, access, refresh, generation }: Row,
  user: string,
  name: string,
): Pick<Row, 'access' | 'refresh'> {
  const by = `${name}.${id}.${generation}`;
  return {
    access: sealed(opened(access).pair, user, 'k2', by),
    refresh: refresh === null ? null : sealed(opened(refresh).pair, user, 'k2', by),
  };
}

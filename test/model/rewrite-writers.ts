/** Writers that encrypt the same tokens anew: the loops of src/tokens/rename.ts and src/tokens/reencrypt.ts. */
import { opened, sealed } from './sealed';
import type { Row } from './rows';
import type { Failure, StatementWant, Step, Writer } from './writer';

export function rename(from = 'ada', to = 'bob'): Writer {
  return {
    title: `rename ${from} to ${to}`,
    user: from,
    *run(name) {
      let also: StatementWant[] = [{ do: 'statement', name: 'endFlows', given: { user: from } }];
      for (;;) {
        const page: readonly Row[] = yield { do: 'list', user: from };
        if (page.length === 0 && also.length === 0) return { outcome: 'renamed' };
        const results: readonly Rewritten[] | 'failed' = yield* rewritePage(page, to, name, also);
        if (results === 'failed') return { outcome: 'failed' };
        for (const [index, row] of page.entries()) {
          const result: Rewritten = results[index] || (yield* renameOne(row, to, name));
          if (result === 'taken') return { outcome: 'taken' };
        }
        also = [];
      }
    },
  };
}

type Rewritten = boolean | 'taken';

/** @returns for each row whether it was rewritten */
function* rewritePage(
  page: readonly Row[],
  to: string | null,
  name: string,
  also: readonly StatementWant[] = [],
): Step {
  const rewrites = page
    .filter(({ lease }) => lease !== 'running')
    .map((seen) => {
      const changes = again(seen, to ?? seen.user, name);
      const given = { seen, changes: to === null ? changes : { ...changes, user: to } };
      return { do: 'statement', name: 'rewrite', given } as const;
    });
  const done: readonly boolean[] | 'taken' | Failure = yield {
    do: 'each',
    statements: [...also, ...rewrites],
    mayFail: true,
  };
  // Rows that were written are not told from others by now.
  if (done === 'unknown') return 'failed';
  const written = new Map<Row, Rewritten>();
  if (done === 'taken' || done === 'failed') {
    yield { do: 'each', statements: also };
    for (const one of rewrites) written.set(one.given.seen, yield one);
  } else {
    for (const [index, { given }] of rewrites.entries()) {
      written.set(given.seen, done[also.length + index] ?? false);
    }
  }
  return page.map((row) => written.get(row) ?? false);
}

/** Of a row that has changed since it was read. */
function* renameOne(row: Row, to: string, name: string): Step {
  for (;;) {
    const now: Row | null = yield { do: 'read', by: 'id', value: row.id };
    if (now?.user === to) return true;
    if (now?.user !== row.user) return false;
    if (now.lease !== 'running') {
      const changes = { ...again(now, to, name), user: to };
      const result: unknown = yield { do: 'statement', name: 'rewrite', given: { seen: now, changes } };
      if (result === true || result === 'taken') return result;
    }
    yield { do: 'wait', seen: now };
  }
}

export const reencrypt: Writer = {
  title: 'reencrypt',
  user: 'ada',
  *run(name) {
    const rows: readonly Row[] = yield { do: 'list', user: null };
    const old = rows.filter(({ access }) => opened(access).key !== 'k2');
    const results: unknown = yield* rewritePage(old, null, name);
    return { outcome: results === 'failed' ? 'failed' : 'reencrypted' };
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

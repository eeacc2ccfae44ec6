/** Writers that end what a user has granted: the loops of src/connections/disconnect.ts. */
import { giveBack } from './give-back';
import { opened } from './sealed';
import type { Row } from './rows';
import type { Failure, Setting, StatementWant, Step, Writer } from './writer';

export function disconnect(user = 'ada'): Writer {
  return {
    title: 'disconnect',
    user,
    *run(_name, _memory, setting) {
      const deleted: Row[] = [];
      const hasFailed: boolean = yield* removeAccount(user, deleted);
      for (const row of deleted) yield* revoke(row, setting);
      const outcome = deleted.length > 0 ? 'disconnected' : 'nothing';
      return { outcome: hasFailed ? 'failed' : outcome };
    },
  };
}

export function forget(user = 'ada'): Writer {
  return {
    title: 'forget',
    user,
    *run(_name, _memory, setting) {
      const deleted: Row[] = [];
      const hasFailed: boolean = yield* removeUser(user, deleted);
      for (const row of deleted) yield* revoke(row, setting);
      return { outcome: hasFailed ? 'failed' : 'forgotten' };
    },
  };
}

/** @returns whether it has failed */
function* removeAccount(user: string, deleted: Row[]): Step {
  let haveFlowsEnded = false;
  let meant: Row | null = null;
  for (;;) {
    const row: Row | null = yield { do: 'read', by: 'user', value: user };
    if (haveFlowsEnded) {
      if (!row || (meant && row.grantId !== meant.grantId)) return false;
      meant = row;
    }
    const { done }: Removed = yield* remove(row ? [row] : [], haveFlowsEnded ? null : user, deleted);
    if (done === 'failed') return true;
    haveFlowsEnded ||= done === 'certain';
    if (haveFlowsEnded && row && deleted.at(-1) === row) return false;
  }
}

/** @returns whether it has failed */
function* removeUser(user: string, deleted: Row[]): Step {
  let haveFlowsEnded = false;
  let left: readonly Row[] | undefined;
  for (;;) {
    const page: readonly Row[] = left ?? (yield { do: 'list', user });
    if (haveFlowsEnded && page.length === 0) return false;
    const removed: Removed = yield* remove(page, haveFlowsEnded ? null : user, deleted, user);
    if (removed.done === 'failed') return true;
    haveFlowsEnded ||= removed.done === 'certain';
    ({ left } = removed);
  }
}

interface Removed {
  /** `rows`: only these are known to have gone. */
  readonly done: 'certain' | 'rows' | 'failed';
  readonly left?: readonly Row[];
}

interface Answered {
  readonly result: readonly boolean[];
  readonly left: readonly Row[];
}

function* remove(page: readonly Row[], flowsOf: string | null, deleted: Row[], thenList?: string): Step {
  const statements: StatementWant[] = page.map((seen) => ({
    do: 'statement',
    name: 'delete',
    given: { seen },
  }));
  if (flowsOf !== null) statements.unshift({ do: 'statement', name: 'endFlows', given: { user: flowsOf } });
  const each = { do: 'each', statements, mayFail: true } as const;
  const answer: readonly boolean[] | Answered | Failure = yield thenList === undefined
    ? each
    : { ...each, thenList };
  if (typeof answer !== 'string') {
    const { result, left } = 'result' in answer ? answer : { result: answer };
    const ofRows = flowsOf === null ? result : result.slice(1);
    deleted.push(...page.filter((_row, index) => ofRows[index]));
    return left ? { done: 'certain', left } : { done: 'certain' };
  }
  const gone: Row[] = [];
  for (const row of page) {
    const now: Row | null = yield { do: 'read', by: 'id', value: row.id };
    if (now === null) gone.push(row);
  }
  deleted.push(...gone);
  return { done: gone.length === 0 || gone.length < page.length ? 'failed' : 'rows' };
}

function* revoke({ access, user }: Row, setting: Setting): Step {
  yield* giveBack(opened(access).pair, user, setting);
}

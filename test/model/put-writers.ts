/** Writers that put a grant into the row of its account: the real protocol, with what `storeGrant` and an import do around it. */
import { type PutEnd, type PutStep, isLaterGrant, putProtocol } from '../../src/tokens/put-protocol';
import { giveBack } from './give-back';
import { opened, pairText, sealed } from './sealed';
import type { Row } from './rows';
import type { Taking } from './statements';
import type { Answer, Failure, Program, Putting, Setting, Step, Writer } from './writer';

/** @param state of the flow that the user comes back from */
export function complete(state = 'f1', user = 'ada'): Writer {
  return {
    title: `complete ${state}${user === 'ada' ? '' : ` as ${user}`}`,
    user,
    isCompletion: true,
    flow: state,
    run: (name, _memory, setting) => runComplete(state, user, name, setting),
  };
}

/** The user consents only now. */
export function consent(state = 'f3', user = 'ada'): Writer {
  return {
    title: 'consent',
    user,
    isCompletion: true,
    *run(name, _memory, setting) {
      yield { do: 'begin', state, user };
      return yield* runComplete(state, user, name, setting);
    },
  };
}

function* runComplete(state: string, user: string, name: string, setting: Setting): Program {
  const grantId = `g${name}`;
  const taking = { state, user, grantId };
  const offset: number | null = yield { do: 'find', state };
  if (offset === null) return { outcome: 'unknown state' };
  // Both are sent at once.
  const isTakenFirst: boolean = yield { do: 'ask', question: 'does the take come first' };
  let isTaken = isTakenFirst && (yield* take(taking));
  const before: Row | null = yield { do: 'read', by: 'user', value: user };
  if (!isTakenFirst) isTaken = yield* take(taking);
  if (!isTaken) return { outcome: 'unknown state' };
  const answer: Answer = yield { do: 'send', kind: 'exchange', presented: state };
  if (answer.kind !== 'tokens') {
    yield { do: 'statement', name: 'endFlow', given: taking };
    return { outcome: 'not exchanged' };
  }
  const { tokens } = answer;
  const at = instant(offset + tokens.time);
  const pair = pairText(tokens);
  const encrypted = sealed(pair, user, 'k2', name);
  const putting: Omit<Putting, 'over'> = {
    id: `r${name}`,
    user,
    values: { access: encrypted, refresh: encrypted, life: 'fresh', fingerprint: 'a1', isUsable: true },
    grant: { grantId, grantedAt: at },
    flow: state,
  };
  const ended: PutDone = yield* put(putting, before, (row) => !isLaterGrant(row, before, at));
  const { outcome, over } = ended;
  const isOvertaken = over !== null && over.grantedAt !== null && over.grantId !== before?.grantId;
  const overtaken = outcome === 'put' && isOvertaken ? opened(over.access).pair : undefined;
  if (overtaken !== undefined) yield* giveBack(overtaken, user, setting, before);
  if (ended.outcome !== 'put' && ended.isUnused) {
    yield { do: 'statement', name: 'endFlow', given: taking };
    yield* giveBack(pair, user, setting, before);
  }
  return { outcome, overtaken };
}

/** Tried again when its answer is lost. */
function* take(taking: Taking): Step {
  const want = { do: 'statement', name: 'take', given: taking } as const;
  const isTaken: boolean | Failure = yield { ...want, mayFail: true };
  return typeof isTaken === 'boolean' ? isTaken : yield want;
}

/** Texts in the order of the numbers. */
const instant = (time: number) => String(5000 + time);

/** @param mayReplace whether it may be written over a row that is not newer than the import; default: over none */
export function importTokens(mayReplace = false, user = 'ada'): Writer {
  return {
    title: mayReplace ? 'import (replaces)' : 'import',
    user,
    *run(name): Program {
      const encrypted = sealed(`i${name}.1`, user, 'k2', name);
      const putting: Omit<Putting, 'over'> = {
        id: `r${name}`,
        user,
        values: { access: encrypted, refresh: encrypted, life: 'fresh', fingerprint: 'a1', isUsable: true },
        grant: { grantId: `i${name}`, grantedAt: null },
        flow: null,
      };
      const before: Row | null = yield { do: 'read', by: 'user', value: user };
      // What was saved before the instant is the row of the beginning.
      const { outcome }: PutEnd = yield* put(
        putting,
        before,
        (row) => mayReplace && row.generation === 1 && row.id === 'r0',
      );
      return { outcome };
    },
  };
}

type PutDone = PutEnd & {
  /** What the last attempt wrote over. */
  readonly over: Row | null;
};

/** The steps of src/tokens/put.ts. */
function* put(putting: Omit<Putting, 'over'>, before: Row | null, mayReplace: (row: Row) => boolean): Step {
  const { user, flow, grant } = putting;
  const protocol = putProtocol<Row>(grant.grantId, before, mayReplace);
  let over = before;
  let next = protocol.next();
  while (!next.done) {
    if (next.value.step === 'put') over = next.value.over;
    next = protocol.next(yield* carryOut(next.value));
  }
  return { ...next.value, over };

  function* carryOut(step: PutStep<Row>): Step {
    switch (step.step) {
      case 'put':
        return yield { do: 'put', given: { ...putting, over: step.over }, mayFail: true };
      case 'read':
        return yield { do: 'read', by: 'user', value: user, mayFail: true };
      case 'end':
        if (flow === null) return true;
        return yield {
          do: 'statement',
          name: 'endFlow',
          given: { state: flow, grantId: grant.grantId },
          mayFail: true,
        };
      default:
        // An import is tried once.
        return flow === null ? false : yield { do: 'ask', question: 'is there time left' };
    }
  }
}

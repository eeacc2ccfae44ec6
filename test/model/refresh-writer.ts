/** A caller that wants an access token: the real rounds of the refresh, with what `TokenRefresher` does for each step. */
import {
  type RefreshMemory,
  type RefreshStep,
  type TokenState,
  refreshRound,
} from '../../src/tokens/refresh-protocol';
import type { Invariant } from './invariant-names';
import { giveBack } from './give-back';
import { opened, pairText, sealed } from './sealed';
import type { Values } from './statements';
import type { Row } from './rows';
import type { Issued, Program, Setting, Step, Writer } from './writer';

export interface Caller {
  readonly user?: string;
  /** What it would get tokens under; the first letter says where they go. Default `a1`. */
  readonly fingerprint?: string;
  /** Whether it wants a new token as soon as one is due, and ends where another is at it, as `refreshExpiring` does. */
  readonly isEarly?: boolean;
  /** The row and the generation of a token that an API has refused. */
  readonly rejected?: Pick<Row, 'id' | 'generation'>;
  /** How long the tokens that it gets live; default `fresh`. */
  readonly life?: Row['life'];
  /** Whether the tokens that it gets cannot be sent. */
  readonly isUnusable?: boolean;
}

export function refresh(caller: Caller = {}): Writer {
  const { user = 'ada', isEarly, rejected, life, isUnusable, fingerprint } = caller;
  const about = [isEarly && 'early', rejected && 'rejected', life, isUnusable && 'unusable', fingerprint];
  const said = [...about, user !== 'ada' && user].filter(Boolean).join(', ');
  return {
    title: said === '' ? 'refresh' : `refresh (${said})`,
    user,
    isCaller: true,
    run: (name, memory, setting) => run(caller, user, name, memory as RefreshMemory | null, setting),
  };
}

function* run(
  caller: Caller,
  user: string,
  name: string,
  memory: RefreshMemory | null,
  setting: Setting,
): Program {
  const round = refreshRound<Issued>(memory);
  let row: Row | null = null;
  let written: Row | null = null;
  let isSaved = false;
  let next = round.next();
  while (!next.done) {
    const step: RefreshStep<Issued> = next.value;
    // Nobody waits for its token.
    if (step.step === 'wait' && caller.isEarly) return { outcome: 'leased' };
    if (step.step === 'read') {
      row = yield { do: 'read', by: 'user', value: user };
      next = round.next(row && stateOf(row, caller));
    } else if (step.step === 'save') {
      const saved: Row | 'superseded' | 'gone' = yield* save(
        row as Row,
        step.claimed,
        step.tokens,
        caller,
        name,
      );
      isSaved ||= typeof saved !== 'string';
      // Renamed meanwhile: its tokens are those of another account now.
      const isOwn = typeof saved !== 'string' && saved.user === user;
      written = isOwn ? saved : null;
      next = round.next(typeof saved === 'string' ? saved : isOwn ? 'saved' : 'superseded');
    } else {
      const result: boolean | undefined = yield* carryOut(step, row as Row, user, caller, setting);
      if (step.step === 'mark' && result) written = { ...(row as Row), status: 'reauthorization_required' };
      next = round.next(result);
    }
  }
  if (next.value !== null && typeof next.value === 'object') return { memory: next.value };
  row = written ?? row;
  if (row === null) return { outcome: 'gone' };
  const outcome = isSaved && row.status !== 'active' ? 'reauthorization_required' : String(next.value);
  const served = outcome === 'usable' ? row : undefined;
  return { outcome, served, isOwn: isSaved, broken: served && brokenBy(served, caller) };
}

function* carryOut(
  step: RefreshStep<Issued>,
  seen: Row,
  user: string,
  { fingerprint = 'a1' }: Caller,
  setting: Setting,
): Step {
  switch (step.step) {
    case 'claim':
      return yield { do: 'statement', name: 'claim', given: { seen } };
    case 'request': {
      const { pair } = opened(seen.refresh ?? '');
      const isOfAnother = seen.fingerprint !== fingerprint;
      return yield { do: 'send', kind: 'refresh', presented: pair, isOfAnother };
    }
    case 'mark':
      return yield { do: 'statement', name: 'mark', given: { seen, claimed: step.claimed } };
    case 'release':
      return yield {
        do: 'statement',
        name: 'release',
        given: { seen, claimed: step.claimed },
        mayFail: true,
      };
    case 'revoke':
      return yield* giveBack(pairText(step.tokens), user, setting);
    default:
      return yield { do: 'wait', seen };
  }
}

/** The loop of src/tokens/refresh-save.ts. */
function* save(seen: Row, claimed: number, issued: Issued, caller: Caller, name: string): Step {
  const { fingerprint = 'a1', life = 'fresh', isUnusable = false } = caller;
  let row = seen;
  for (;;) {
    const encrypted = (pair: string) => sealed(pair, row.user, 'k2', `${name}.${claimed}`);
    const values: Values = {
      access: encrypted(pairText(issued)),
      refresh: issued.refresh === undefined ? undefined : encrypted(issued.refresh),
      life,
      fingerprint,
      isUsable: !isUnusable,
    };
    const isSaved: unknown = yield {
      do: 'statement',
      name: 'save',
      given: { seen: row, claimed, values },
      mayFail: true,
    };
    const status = isUnusable ? 'reauthorization_required' : 'active';
    if (isSaved === true)
      return { ...row, ...values, refresh: values.refresh ?? row.refresh, status, generation: claimed };
    if (isSaved !== false) continue;
    const now: Row | 'failed' | null = yield { do: 'read', by: 'id', value: row.id, mayFail: true };
    if (now === 'failed') continue;
    if (now === null) return 'gone';
    if (now.generation > claimed) return 'superseded';
    // The answer to an earlier attempt was lost.
    if (now.generation === claimed) return now;
    row = now;
  }
}

function brokenBy(served: Row, { rejected, fingerprint = 'a1' }: Caller): Invariant | undefined {
  if (served.id === rejected?.id && served.generation === rejected.generation)
    return 'a refused token is not served again';
  return served.fingerprint[0] === fingerprint[0] ? undefined : 'tokens go only where they were issued for';
}

/** As `stateOf` of src/tokens/refresh-run.ts and `useOf` of src/tokens/due.ts say it. */
function stateOf(row: Row, { fingerprint = 'a1', isEarly = false, rejected }: Caller): TokenState {
  const isMoved = row.fingerprint[0] !== fingerprint[0];
  const isRejected = rejected?.id === row.id && rejected.generation === row.generation;
  const isUsable = row.life !== 'expired' && !isRejected && !isMoved && row.status === 'active';
  return {
    id: row.id,
    generation: row.generation,
    claimedGeneration: row.claimed,
    isLeased: row.lease === 'running',
    isGivenUp: row.lease === null && row.claimed > row.generation,
    status: row.status,
    isUsable,
    isDue: !isUsable || (isEarly && row.life === 'due'),
    canRefresh: row.refresh !== null && row.fingerprint === fingerprint && row.status === 'active',
  };
}

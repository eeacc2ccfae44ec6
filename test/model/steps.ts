/** What can happen next without a fault: a process takes its step, the provider answers, a lease ends, a late statement arrives. */
import { executed, put } from './database';
import { lost, resumed, wantOf } from './processes';
import { answered, revoked } from './provider';
import { opened, pairOf } from './sealed';
import type { Message, Process, Row, World } from './world';
import { changed, isSame, violated, withGrant, withProcess } from './world';
import type { Answer, Putting, Setting, StatementWant, Want } from './writer';

export interface Event {
  /** Process, and what it does. */
  readonly text: string;
  readonly isFault: boolean;
  readonly world: World;
}

const NOT_ASKED: Answer = { kind: 'transient', retryAfterMs: null };

export function steps(world: World, setting: Setting): Event[] {
  const events: Event[] = [];
  const happens = (text: string, next: World) => events.push({ text, isFault: false, world: next });
  for (const one of world.processes) {
    if (one.end !== null || one.hasSent) continue;
    const want = wantOf(one, setting);
    const text = `${one.name} (${one.writer.title}): ${spoken(want)}`;
    if (want.do === 'ask the time') {
      happens(`${text}: some is left`, resumed(world, one.name, true, setting));
      happens(`${text}: none is left`, resumed(world, one.name, false, setting));
    } else if (want.do !== 'wait' || isWorthReading(world, want.seen)) {
      happens(text, taken(world, one, want, setting));
    }
  }
  for (const message of world.messages) {
    happens(`the provider answers ${message.claim}`, handled(world, message, setting));
    if (!message.isAwaited) happens(`the request of ${message.claim} is lost`, without(world, message));
  }
  for (const row of world.rows) {
    const hasOwner = world.processes.some(
      ({ claim }) => claim?.row === row.id && claim.claimed === row.claimed,
    );
    if (row.lease === 'running' && !hasOwner)
      happens(`time: the lease on ${row.id} ends`, overdue(world, row));
  }
  for (const stray of world.strays) {
    const rest = { ...world, strays: world.strays.filter((other) => other !== stray) };
    happens(
      `the late ${stray.statement} of ${stray.from} is carried out`,
      strayed(rest, stray.given as Want, setting),
    );
    happens(`the late ${stray.statement} of ${stray.from} is lost`, rest);
  }
  if (world.flows.some(({ isExpired }) => isExpired)) {
    const flows = world.flows.filter(({ isExpired }) => !isExpired);
    happens('expired flows are swept', { ...world, flows });
  }
  return events.map((event) => ({ ...event, world: seeMissing(event.world) }));
}

/** @param result of a step that takes no time in the world, or that a fault gives instead */
export function taken(world: World, one: Process, want: Want, setting: Setting): World {
  const { name } = one;
  switch (want.do) {
    case 'statement': {
      const { world: next, result } = executed(remove(world, one, want), want, setting);
      return resumed(remembered(next, one, want, result), name, result, setting);
    }
    case 'put': {
      const { world: next, result } = put(world, want.given, setting);
      const kept = result === 'put' ? withProcess(next, name, () => ({ holds: null })) : next;
      return resumed(kept, name, result, setting);
    }
    case 'read':
      return resumed(world, name, world.rows.find((row) => row[want.by] === want.value) ?? null, setting);
    case 'list': {
      const rows = world.rows.filter(({ user }) => want.user === null || user === want.user);
      return resumed(world, name, rows, setting);
    }
    case 'taken': {
      const inTime = world.flows.filter(({ grantId, isExpired }) => grantId !== null && !isExpired);
      const isTaken = inTime.some((flow) => flow.user === want.user);
      const stored = world.rows.map(({ access }) => pairOf(opened(access).pair).grant);
      const mustKeep = [...stored, ...inTime.flatMap(({ grantId }) => grantId ?? [])].toSorted();
      return resumed(
        withProcess(world, name, () => ({ mustKeep })),
        name,
        isTaken,
        setting,
      );
    }
    case 'send':
      return sent(world, one, want, setting);
    case 'revoke': {
      const next = revoked(world, want.pair, one.mustKeep, setting);
      return resumed(
        withProcess(next, name, () => ({ holds: null, mustKeep: null })),
        name,
        undefined,
        setting,
      );
    }
    case 'begin': {
      const flow = { state: want.state, user: want.user, grantId: null, isExpired: false };
      return resumed({ ...world, flows: [...world.flows, flow] }, name, undefined, setting);
    }
    case 'note the time':
      return resumed(world, name, world.offset, setting);
    default:
      return resumed(world, name, undefined, setting);
  }
}

/** The provider answers, and the sender, if it still waits, has the answer at once. */
export function handled(world: World, message: Message, setting: Setting, isSpurious = false): World {
  const { world: next, result } = answered(without(world, message), message, setting, isSpurious);
  const issued = result.kind === 'tokens' ? result.tokens : null;
  if (!message.isAwaited) {
    return issued ? withGrant(next, issued.grant, ({ lost }) => ({ lost: [...lost, issued.number] })) : next;
  }
  const holds = issued && `${issued.grant}.${issued.number}`;
  return resumed(
    withProcess(next, message.from, () => ({ holds })),
    message.from,
    result,
    setting,
  );
}

export function without(world: World, message: Message): World {
  return { ...world, messages: world.messages.filter((other) => other !== message) };
}

/** Carries out a statement whose sender has given up. */
export function strayed(world: World, want: Want, setting: Setting): World {
  if (want.do === 'put') return put(world, want.given as Putting, setting).world;
  const { world: next, result } = executed(world, want as StatementWant, setting);
  // Nobody is there to revoke them.
  const isDeleted = want.do === 'statement' && want.name === 'delete' && result === true;
  return isDeleted ? lost(next, opened(want.given.seen.access).pair) : next;
}

/** What only the invariants remember. */
export function seeMissing(world: World): World {
  const isMissing = ({ writer, end, hasMissedRow }: Process) =>
    end === null &&
    writer.isCaller === true &&
    !hasMissedRow &&
    !world.rows.some(({ user }) => user === writer.user);
  if (!world.processes.some(isMissing)) return world;
  return { ...world, processes: changed(world.processes, isMissing, () => ({ hasMissedRow: true })) };
}

function sent(world: World, one: Process, want: Want & { readonly do: 'send' }, setting: Setting): World {
  const { name, claim, isLate } = one;
  // It has noticed that it was suspended.
  if (want.kind === 'refresh' && isLate && setting.dropped !== 'request.age of the claim')
    return resumed(world, name, NOT_ASKED, setting);
  const own = claim ? `${name}.${claim.claimed}` : name;
  const row = claim?.row ?? null;
  const { kind, presented } = want;
  const message = { from: name, kind, presented, claim: own, row, isAwaited: true };
  const isExcused = (whose: string) => world.excuses.includes(whose);
  const isSecond = world.messages.some(
    (other) => isSameGrant(other, want) && other.row === row && !isExcused(other.claim) && !isExcused(own),
  );
  let next: World = { ...world, messages: [...world.messages, message] };
  if (isSecond) next = violated(next, 'one request at a time');
  if (want.isOfAnother) next = violated(next, 'tokens go only where they were issued for');
  return withProcess(next, name, () => ({ hasSent: true }));
}

function isSameGrant(
  one: Pick<Message, 'kind' | 'presented'>,
  other: Pick<Message, 'kind' | 'presented'>,
): boolean {
  const isRefresh = one.kind === 'refresh' && other.kind === 'refresh';
  return isRefresh && pairOf(one.presented).grant === pairOf(other.presented).grant;
}

/** What a process knows once its statement was carried out. */
function remembered(world: World, { name }: Process, want: StatementWant, result: unknown): World {
  if (result !== true) return world;
  switch (want.name) {
    case 'claim': {
      const { id, claimed } = want.given.seen;
      return withProcess(world, name, () => ({ claim: { row: id, claimed: claimed + 1 }, isLate: false }));
    }
    case 'save':
      return withProcess(world, name, () => ({ claim: null, holds: null }));
    case 'delete':
      return withProcess(world, name, () => ({ holds: opened(want.given.seen.access).pair }));
    case 'mark':
    case 'release':
      return withProcess(world, name, () => ({ claim: null }));
    default:
      return world;
  }
}

/** What a process ends for a user with all that is on its way: none of it may be stored once it is done. */
function remove(world: World, { name, writer }: Process, want: StatementWant): World {
  if (want.name !== 'endFlows') return world;
  const { user } = writer;
  const flows = world.flows.filter((flow) => flow.user === user).map(({ state }) => state);
  const isRename = writer.title.startsWith('rename');
  const grants = world.rows.flatMap((row) => (row.user === user && !isRename ? (row.grantId ?? []) : []));
  return { ...world, removals: [...world.removals, { by: name, user, flows, grants }] };
}

function overdue(world: World, row: Row): World {
  return {
    ...world,
    rows: changed(
      world.rows,
      (other) => other === row,
      () => ({ lease: 'over' }),
    ),
  };
}

function isWorthReading(world: World, seen: Row): boolean {
  const now = world.rows.find(({ id }) => id === seen.id) ?? null;
  return now?.lease !== 'running' || !isSame(now, seen);
}

function spoken(want: Want): string {
  return want.do === 'statement' ? want.name : want.do;
}

/** What can happen next without a fault: a process takes its step, the provider answers, a lease ends, a late statement arrives. */
import { carriedOut } from './carry-out';
import { executedEach, put } from './database';
import { lost, resumed, wantOf } from './processes';
import { answered } from './provider';
import { opened } from './sealed';
import { type Message, type Process, type Stray, type World, changed, withGrant, withProcess } from './world';
import type { Row } from './rows';
import { isSame } from './world-text';
import type { Setting, Want } from './writer';

export interface Event {
  /** Process, and what it does. */
  readonly text: string;
  readonly isFault: boolean;
  readonly world: World;
}

export function steps(world: World, setting: Setting): Event[] {
  const events: Event[] = [];
  const happens = (text: string, next: World) =>
    events.push({ text, isFault: false, world: seeMissing(next) });
  for (const one of world.processes) {
    if (one.end !== null || one.hasSent) continue;
    const want = wantOf(one, setting);
    const text = `${one.name} (${one.writer.title}): ${spoken(want)}`;
    if (want.do === 'ask') {
      for (const answer of [true, false]) {
        happens(`${text}: ${want.question}: ${answer}`, resumed(world, one.name, answer, setting));
      }
    } else if (want.do !== 'wait' || isWorthReading(world, want.seen)) {
      happens(text, carriedOut(world, one, want, setting));
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
      strayed(rest, stray.given, setting),
    );
    happens(`the late ${stray.statement} of ${stray.from} is lost`, rest);
  }
  if (world.flows.some(({ isExpired }) => isExpired)) {
    const flows = world.flows.filter(({ isExpired }) => !isExpired);
    happens('expired flows are swept', { ...world, flows });
  }
  return events;
}

/** The provider answers, and the sender, if it still waits, has the answer at once. */
export function handled(world: World, message: Message, setting: Setting, isSpurious = false): World {
  const { world: next, result } = answered(without(world, message), message, setting, isSpurious);
  const issued = result.kind === 'tokens' ? result.tokens : null;
  if (!message.isAwaited) {
    return issued
      ? withGrant(next, issued.grant, (grant) => ({ lost: [...grant.lost, issued.number] }))
      : next;
  }
  const holds = issued ? [`${issued.grant}.${issued.number}`] : [];
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
export function strayed(world: World, want: Stray['given'], setting: Setting): World {
  if (want.do === 'put') return put(world, want.given, setting).world;
  const statements = want.do === 'each' ? want.statements : [want];
  const { world: done, result } = executedEach(world, statements, setting);
  let next = done;
  for (const [index, { name, given }] of statements.entries()) {
    // Nobody is there to revoke them.
    if (name === 'delete' && result[index] === true) next = lost(next, opened(given.seen.access).pair);
  }
  return next;
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

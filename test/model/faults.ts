/** What can go wrong, at every step: each event here is one fault. */
import { ended, lost, resumed, wantOf } from './processes';
import type { Event } from './steps';
import { handled, seeMissing, strayed, without } from './steps';
import type { Process, World } from './world';
import { added, changed, withProcess } from './world';
import type { Answer, Failure, Setting } from './writer';

export const faults = [
  /** A process ends at once. */
  'crash',
  /** A process stands still until its lease is over, and notices it before it sends. */
  'stall',
  /** The database's clock is set forward, so that every lease is over, or back, so that one ends too far in the future. */
  'clock',
  /** A request is lost, its answer is lost, or it arrives after its sender has given up. */
  'request',
  /** A statement fails; or its answer is lost, and it was carried out, will be, or never. */
  'database',
  /** The provider refuses a grant that is alive, once. */
  'spurious',
  /** A token expires; a flow expires. */
  'age',
] as const;

export type Fault = (typeof faults)[number];

const TRANSIENT: Answer = { kind: 'transient', retryAfterMs: null };

/** @param allowed the faults that can happen in this world */
export function mishaps(world: World, setting: Setting, allowed: readonly Fault[]): Event[] {
  const events: Event[] = [];
  const happens = (text: string, next: World) =>
    events.push({ text, isFault: true, world: seeMissing(next) });
  const running = world.processes.filter(({ end }) => end === null);
  const may = (fault: Fault) => allowed.includes(fault);
  if (may('crash')) for (const one of running) happens(`${one.name} crashes`, crashed(world, one));
  if (may('stall')) {
    for (const one of running.filter((running_) => holdsLease(world, running_))) {
      happens(`${one.name} stands still until its lease is over`, stalled(world, one));
    }
  }
  if (may('clock')) {
    happens('the clock is set forward', clockSet(world, 'over'));
    happens('the clock is set back', clockSet(world, 'beyond'));
  }
  if (may('request')) {
    for (const message of world.messages.filter(({ isAwaited }) => isAwaited)) {
      const { from, claim } = message;
      const told = (next: World) => resumed(next, from, TRANSIENT, setting);
      happens(`the request of ${claim} is lost`, told(without(world, message)));
      const unheard = { ...message, isAwaited: false };
      const late = { ...without(world, message), excuses: added(world.excuses, claim) };
      happens(`the answer to ${claim} is lost`, told(handled(late, unheard, setting)));
      happens(`the request of ${claim} is late`, told({ ...late, messages: [...late.messages, unheard] }));
    }
  }
  if (may('spurious')) {
    for (const message of world.messages.filter(({ kind }) => kind === 'refresh')) {
      happens(`the provider refuses ${message.claim}`, handled(world, message, setting, true));
    }
  }
  if (may('age')) {
    for (const row of world.rows.filter(({ life }) => life !== 'expired')) {
      const rows = changed(
        world.rows,
        (other) => other === row,
        () => ({ life: 'expired' as const }),
      );
      happens(`the access token of ${row.id} expires`, { ...world, rows });
    }
    for (const flow of world.flows.filter(({ isExpired }) => !isExpired)) {
      const flows = changed(
        world.flows,
        (other) => other === flow,
        () => ({ isExpired: true }),
      );
      happens(`flow ${flow.state} expires`, { ...world, flows });
    }
  }
  if (may('database')) for (const one of running) databaseFaults(world, one, setting, happens);
  return events;
}

function databaseFaults(
  world: World,
  one: Process,
  setting: Setting,
  happens: (text: string, next: World) => void,
): void {
  if (one.hasSent) return;
  const want = wantOf(one, setting);
  if (want.do !== 'statement' && want.do !== 'each' && want.do !== 'put' && want.do !== 'read') return;
  const mayFail = want.mayFail === true;
  const told = (next: World, result: Failure) =>
    mayFail ? resumed(next, one.name, result, setting) : crashed(next, one);
  const what = `${one.name}: ${want.do === 'statement' ? want.name : want.do}`;
  // A process that ends for it might as well have crashed.
  if (mayFail) happens(`${what} fails`, told(world, 'failed'));
  if (want.do === 'read') return;
  const uncertain = want.do === 'put' ? one.holds.reduce(lost, world) : world;
  const statement = want.do === 'statement' ? want.name : want.do;
  const stray = { from: one.name, statement, given: want };
  happens(
    `${what} fails, and is carried out later`,
    told({ ...uncertain, strays: [...world.strays, stray] }, 'unknown'),
  );
  if (!mayFail) return;
  happens(
    `${what} is carried out, and its answer is lost`,
    told(strayed(uncertain, want, setting), 'unknown'),
  );
  if (want.do === 'put') happens(`${what} fails, and may have been carried out`, told(uncertain, 'unknown'));
}

function holdsLease(world: World, { claim }: Process): boolean {
  return world.rows.some(
    ({ id, claimed, lease }) => id === claim?.row && claimed === claim.claimed && lease === 'running',
  );
}

/** Whether its claim may be answered, or has been, without being saved. */
function isExposed({ hasSent, holds, claim }: Process): boolean {
  return claim !== null && (hasSent || holds.length > 0);
}

function excused(world: World, one: Process): World {
  return one.claim ? { ...world, excuses: added(world.excuses, `${one.name}.${one.claim.claimed}`) } : world;
}

function crashed(world: World, one: Process): World {
  let next = isExposed(one) ? excused(world, one) : world;
  next = one.holds.reduce(lost, next);
  const messages = changed(
    next.messages,
    ({ from }) => from === one.name,
    () => ({ isAwaited: false }),
  );
  return ended({ ...next, messages }, one.name, 'crashed');
}

function stalled(world: World, one: Process): World {
  const next = isExposed(one) ? excused(world, one) : world;
  const rows = changed(
    next.rows,
    ({ id }) => id === one.claim?.row,
    () => ({ lease: 'over' as const }),
  );
  return withProcess({ ...next, rows }, one.name, () => ({ isLate: true }));
}

function clockSet(world: World, lease: 'over' | 'beyond'): World {
  let next = world;
  for (const one of world.processes) if (holdsLease(world, one)) next = excused(next, one);
  // From when a completion finds its flow until its put is carried out.
  const isExchanging = world.processes.some(
    ({ writer, end, results }) => writer.isCompletion && end === null && results.length > 0,
  );
  const isPutLate = world.strays.some(({ given }) => given.do === 'put');
  if (isExchanging || isPutLate) next = { ...next, excuses: added(next.excuses, 'clock') };
  const rows = changed(
    next.rows,
    (row) => row.lease === 'running',
    () => ({ lease }),
  );
  return { ...next, rows, offset: next.offset + (lease === 'over' ? 100 : -100) };
}

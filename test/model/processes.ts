/** Processes: what one wants next, by giving a fresh generator the results of its round again, and what a result makes of it. */
import type { Invariant } from './invariant-names';
import { opened, pairOf } from './sealed';
import { type Process, type World, grantNamed, violated, withGrant, withProcess } from './world';
import type { Setting, Want, Writer, WriterEnd } from './writer';

/** @param number which makes its name */
export function process(writer: Writer, number: number): Process {
  return {
    name: `p${number}`,
    writer,
    memory: null,
    results: [],
    end: null,
    hasSent: false,
    isLate: false,
    claim: null,
    holds: [],
    mustKeep: null,
    hasMissedRow: false,
  };
}

const wants = new WeakMap<Process, Want>();

export function wantOf(one: Process, setting: Setting): Want {
  const known = wants.get(one);
  if (known) return known;
  const reached = replay(one, setting);
  if (reached.done) throw new Error(`${one.name} has ended`);
  wants.set(one, reached.value);
  return reached.value;
}

function replay(
  { writer, name, memory, results }: Process,
  setting: Setting,
): IteratorResult<Want, WriterEnd> {
  const program = writer.run(name, memory, setting);
  let reached = program.next();
  for (const result of results) reached = program.next(result);
  return reached;
}

/** The world after a process was given a result. */
export function resumed(world: World, name: string, result: unknown, setting: Setting): World {
  const before = processNamed(world, name);
  const given: Process = { ...before, results: [...before.results, result], hasSent: false };
  const reached = replay(given, setting);
  if (!reached.done) {
    wants.set(given, reached.value);
    return withProcess(world, name, () => given);
  }
  const end = reached.value;
  if ('memory' in end) {
    const round = { ...given, memory: end.memory, results: [], claim: null, holds: [], isLate: false };
    // A later claim was saved first; or they could not be revoked without what the user granted since.
    const isExcused = world.excuses.includes(`${name}.${given.claim?.claimed}`) || setting.reach === 'user';
    const next = isExcused ? given.holds.reduce(lost, world) : world;
    return withProcess(next, name, () => round);
  }
  let next = world;
  const broken = given.writer.isCaller
    ? brokenBy(world, given, end)
    : brokenByEnd(world, given, end, setting);
  if (broken) next = violated(next, broken);
  if (setting.reach === 'user') next = given.holds.reduce(lost, next);
  return ended(next, name, end.outcome);
}

/** It does nothing any more; what it remembers can no longer be told. */
export function ended(world: World, name: string, end: string): World {
  const nothing = {
    memory: null,
    results: [],
    hasSent: false,
    isLate: false,
    claim: null,
    holds: [],
    mustKeep: null,
  };
  return withProcess(world, name, () => ({ ...nothing, end, hasMissedRow: false }));
}

function processNamed(world: World, name: string): Process {
  const found = world.processes.find((one) => one.name === name);
  if (!found) throw new Error(`there is no process ${name}`);
  return found;
}

/** A fault took these tokens away, or nothing says any more whether they may be revoked. */
export function lost(world: World, pair: string): World {
  const { grant, number } = pairOf(pair);
  return withGrant(world, grant, (known) => ({
    lost: known.lost.includes(number) ? known.lost : [...known.lost, number],
  }));
}

/** What a caller is told. */
function brokenBy(world: World, { writer, hasMissedRow }: Process, end: WriterEnd): Invariant | null {
  if ('memory' in end) return null;
  const { outcome, served, isOwn, broken } = end;
  if (outcome === 'gone') return hasMissedRow ? null : 'gone is said only where there was no row';
  if (!served) return null;
  const { pair, user } = opened(served.access);
  const owner = grantNamed(world, pairOf(pair).grant)?.user ?? writer.user;
  // Renamed.
  const isSameUser = owner === writer.user || (owner === 'ada' && writer.user === 'bob');
  if (user !== writer.user || !isSameUser) return 'no token is served to another user';
  if (!isOwn && served.life === 'expired') return 'an expired token is never served as just issued';
  return broken ?? null;
}

function brokenByEnd(
  world: World,
  { name, writer }: Process,
  { outcome, overtaken }: Exclude<WriterEnd, { memory: unknown }>,
  { reach }: Setting,
): Invariant | null {
  const own = grantNamed(world, `g${name}`);
  if (!writer.isCompletion || !own) return null;
  // A row that was renamed is another account's.
  const isStored = world.rows.some(({ grantId, user }) => grantId === own.name && user === writer.user);
  const isTrue = outcome === 'put' ? own.saved > 0 : outcome === 'failed' || !isStored;
  if (!isTrue) return 'a completion is told what became of its tokens';
  const other = overtaken === undefined ? undefined : grantNamed(world, pairOf(overtaken).grant);
  if (reach === 'grant' && other && !other.isGivenBack) return 'of two grants the earlier one is given back';
  if (outcome !== 'superseded' || world.excuses.includes('clock')) return null;
  const isLater = world.grants.some(({ saved, order }) => saved > 0 && order > own.order);
  return isLater ? null : 'a grant that gives way does so to a later one';
}

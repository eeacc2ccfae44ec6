/** What must hold of a world that has come to rest: nothing more happens without a fault. */
import type { Invariant } from './invariant-names';
import { violation } from './invariants';
import { process } from './processes';
import { refresh } from './refresh-writer';
import { opened, pairOf } from './sealed';
import { seeMissing, steps } from './steps';
import { type World, grantNamed } from './world';
import type { Setting } from './writer';

const LONGEST = 200;

export function brokenAtEnd(world: World, setting: Setting): Invariant | null {
  if (world.processes.some(({ end }) => end === null)) return 'nothing gets stuck';
  for (const { name, isAlive, isReplaced, saved, newest, lost } of world.grants) {
    if (!isAlive || isReplaced) continue;
    const isStored = world.rows.some(({ access }) => pairOf(opened(access).pair).grant === name);
    // Earlier ones were superseded.
    for (let number = Math.max(saved, 1); number <= newest; number += 1) {
      const isThere = isStored && number === saved;
      if (!isThere && !lost.includes(number)) return 'every pair of tokens has a place';
    }
  }
  const users = [...new Set(['ada', ...world.rows.map(({ user }) => user)])];
  for (const user of users)
    if (!isServed(world, user, setting)) return 'a new caller gets a token or a true reason';
  return null;
}

/** A caller that comes now, when nothing fails any more. */
function isServed(before: World, user: string, setting: Setting): boolean {
  const late = process(refresh({ user }), before.processes.length);
  let world = seeMissing({ ...before, processes: [...before.processes, late] });
  for (let count = 0; count < LONGEST; count += 1) {
    const [event] = steps(world, setting);
    if (!event) break;
    world = event.world;
    if (violation(world) !== null) return false;
  }
  const end = world.processes.at(-1)?.end;
  const row = world.rows.find((one) => one.user === user);
  if (end === 'usable') return row !== undefined;
  if (end === 'gone') return row === undefined;
  if (end !== 'reauthorization_required' || !row) return false;
  const grant = grantNamed(world, pairOf(opened(row.access).pair).grant);
  const isTrue = !grant?.isAlive || grant.isRefusedOnce || row.fingerprint !== 'a1' || row.refresh === null;
  return isTrue || world.processes.some(({ writer }) => writer.title.includes('unusable'));
}

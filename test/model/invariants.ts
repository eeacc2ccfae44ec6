/** The invariants that a state alone shows. */
import type { Invariant } from './invariant-names';
import type { World } from './world';
import { opened } from './sealed';

const removed = new Set(['disconnected', 'nothing', 'forgotten', 'renamed']);

/** @returns the first that does not hold in this world */
export function violation(world: World): Invariant | null {
  if (world.violation !== null) return world.violation;
  const { rows, removals, processes, grants } = world;
  for (const row of rows) {
    const texts = row.refresh === null ? [row.access] : [row.access, row.refresh];
    if (texts.some((text) => opened(text).user !== row.user))
      return 'tokens are only in the row of their account';
    const grant = grants.find(({ name }) => name === row.grantId);
    if (grant?.isGivenBack) return 'what may be in use is not revoked';
  }
  if (new Set(rows.map(({ user }) => user)).size < rows.length) return 'one row an account';
  for (const { by, user, flows, grants: ended } of removals) {
    const { end } = processes.find(({ name }) => name === by) ?? {};
    if (typeof end !== 'string' || !removed.has(end)) continue;
    for (const row of rows) {
      if (row.user !== user || row.grantId === null) continue;
      const flow = grants.find(({ name }) => name === row.grantId)?.flow;
      if (ended.includes(row.grantId) || (flow && flows.includes(flow)))
        return 'what was ended is not stored afterwards';
    }
  }
  return null;
}

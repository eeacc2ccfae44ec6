/** What must hold whatever the order of events, by name, and the invariants that a state alone shows. docs/proof.md has the same names. */
import type { World } from './world';
import { opened } from './sealed';

export const invariants = [
  'a statement touches only what it is about',
  'one request at a time',
  'each claim has a number of its own',
  'a claim is of the tokens that were read',
  'an answered refresh token is not presented again',
  'only its owner ends a lease',
  'a save never goes over a later one',
  'a live grant is never marked',
  'tokens are only in the row of their account',
  'no token is served to another user',
  'one row an account',
  'a rewrite keeps the tokens',
  'only tokens that were read are deleted',
  'a later grant is never replaced by an earlier one',
  'a grant that gives way does so to a later one',
  'of two grants the earlier one is given back',
  'a flow is taken once, in time and by its user',
  'only flows of that user are ended',
  'what was ended is not stored afterwards',
  'what may be in use is not revoked',
  'a completion is told what became of its tokens',
  'every pair of tokens has a place',
  'an expired token is never served as just issued',
  'a refused token is not served again',
  'tokens go only where they were issued for',
  'gone is said only where there was no row',
  'nothing gets stuck',
  'a new caller gets a token or a true reason',
] as const;

export type Invariant = (typeof invariants)[number];

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

/** Carries out statements on the rows and flows of a world, and sees what no state shows afterwards. */
import { opened, pairOf } from './sealed';
import type { Invariant } from './invariant-names';
import { type Statement, insertedRow, ofFlows, ofRows } from './statements';
import type { Flow, Row } from './rows';
import { type World, grantNamed, violated, withGrant } from './world';
import type { Putting, Setting, StatementWant } from './writer';

export interface Done<Result> {
  readonly world: World;
  readonly result: Result;
}

/** @returns whether it touched anything; `taken` when the unique key forbids it */
export function executed(world: World, want: StatementWant, { dropped }: Setting): Done<boolean | 'taken'> {
  const { name, given } = want;
  if (name === 'take' || name === 'endFlow' || name === 'endFlows') {
    const statement = ofFlows[name] as Statement<Flow, unknown>;
    const { after, touched } = update(world.flows, statement, given, without(dropped, name));
    let next: World = { ...world, flows: after };
    for (const flow of touched) {
      const broken = brokenOnFlow(want, flow);
      if (broken) next = violated(next, broken);
    }
    return { world: next, result: touched.length > 0 };
  }
  const statement = ofRows[name] as Statement<Row, unknown>;
  const { after, touched } = update(world.rows, statement, given, without(dropped, name));
  if (name === 'rewrite' && touched.length > 0) {
    const users = after.map(({ user }) => user);
    if (new Set(users).size < users.length) return { world, result: 'taken' };
  }
  let next: World = { ...world, rows: after };
  for (const row of touched) {
    const broken = brokenBy(world, want, row);
    if (broken) next = violated(next, broken);
    if (name === 'save' || name === 'replace') next = stored(next, row, given.values.access);
  }
  return { world: next, result: touched.length > 0 };
}

/** One transaction, which statements that touch nothing do not end. */
export function executedEach(
  world: World,
  wants: readonly StatementWant[],
  setting: Setting,
): Done<readonly boolean[] | 'taken'> {
  let next = world;
  const results: boolean[] = [];
  for (const want of wants) {
    const done = executed(next, want, setting);
    if (done.result === 'taken') return { world, result: 'taken' };
    results.push(done.result);
    next = done.world;
  }
  return { world: next, result: results };
}

/** One transaction: when one of the two touches nothing, nothing is written. */
export function put(
  world: World,
  { id, user, over, values, grant, flow }: Putting,
  setting: Setting,
): Done<'put' | 'changed' | 'ended'> {
  let next = world;
  if (flow !== null && setting.dropped !== 'put.flow') {
    const given = { state: flow, grantId: grant.grantId };
    const ended = executed(next, { do: 'statement', name: 'endFlow', given }, setting);
    if (ended.result !== true) return { world, result: 'ended' };
    next = ended.world;
  }
  if (over) {
    const given = { seen: over, values, grant };
    const replaced = executed(next, { do: 'statement', name: 'replace', given }, setting);
    return replaced.result === true ? { world: replaced.world, result: 'put' } : { world, result: 'changed' };
  }
  const isTaken = world.rows.some((row) => row.user === user);
  if (isTaken && setting.dropped !== 'insert.unique key') return { world, result: 'changed' };
  const rows = [...next.rows, insertedRow(id, user, values, grant)];
  return { world: stored({ ...next, rows }, null, values.access), result: 'put' };
}

/** The condition that a mutant drops, if it is of that statement. */
function without(dropped: string | undefined, name: string): string | undefined {
  return dropped?.startsWith(`${name}.`) ? dropped.slice(name.length + 1) : undefined;
}

function update<Target>(
  targets: readonly Target[],
  { conditions, effect }: Statement<Target, unknown>,
  given: unknown,
  dropped: string | undefined,
): { readonly after: readonly Target[]; readonly touched: readonly Target[] } {
  const names = Object.keys(conditions).filter((name) => name !== dropped);
  const touched = targets.filter((target) => names.every((name) => conditions[name]?.(target, given)));
  const after = targets.flatMap((target) => {
    if (!touched.includes(target)) return [target];
    return effect(target, given) ?? [];
  });
  return { after, touched };
}

/** What a grant is remembered for, once tokens are in a row. */
function stored(world: World, before: Row | null, access: string): World {
  const { grant: name, number } = pairOf(opened(access).pair);
  const next = withGrant(world, name, ({ saved }) => ({ saved: Math.max(saved, number) }));
  const old = before && pairOf(opened(before.access).pair).grant;
  return old !== null && old !== name ? withGrant(next, old, () => ({ isReplaced: true })) : next;
}

/** Whether a row has those tokens, for that account, however they are encrypted. */
function isOf({ access, user }: Row, text: string): boolean {
  const { pair, user: owner } = opened(text);
  return opened(access).pair === pair && owner === user;
}

/** @param flow as it was before */
function brokenOnFlow({ name, given }: StatementWant, flow: Flow): Invariant | null {
  if ('state' in given && flow.state !== given.state) return 'a statement touches only what it is about';
  const isOfAnother = 'user' in given && flow.user !== given.user;
  if (name === 'endFlows') return isOfAnother ? 'only flows of that user are ended' : null;
  const isWrong = name === 'take' && (isOfAnother || flow.isExpired);
  return isWrong ? 'a flow is taken once, in time and by its user' : null;
}

/** @param row as it was before */
function brokenBy(world: World, { name, given }: StatementWant, row: Row): Invariant | null {
  if ('seen' in given && row.id !== given.seen.id) return 'a statement touches only what it is about';
  const endsLease = row.lease === 'running' && 'claimed' in given && row.claimed !== given.claimed;
  const ofRow = opened(row.access).pair;
  switch (name) {
    case 'claim':
      if (row.lease === 'running') return 'one request at a time';
      if (given.seen.claimed !== row.claimed) return 'each claim has a number of its own';
      return opened(given.seen.access).pair === ofRow ? null : 'a claim is of the tokens that were read';
    case 'save':
      return given.claimed > row.generation ? null : 'a save never goes over a later one';
    case 'release':
      return endsLease ? 'only its owner ends a lease' : null;
    case 'mark': {
      const grant = grantNamed(world, pairOf(ofRow).grant);
      if (grant?.isAlive && !grant.isRefusedOnce) return 'a live grant is never marked';
      if (opened(given.seen.access).pair !== ofRow) return 'a live grant is never marked';
      return endsLease ? 'only its owner ends a lease' : null;
    }
    case 'rewrite':
      return opened(given.changes.access).pair === ofRow ? null : 'a rewrite keeps the tokens';
    case 'delete':
      return isOf(row, given.seen.access) ? null : 'only tokens that were read are deleted';
    case 'replace': {
      const [old, late] = [
        grantNamed(world, pairOf(ofRow).grant),
        grantNamed(world, given.grant.grantId ?? ''),
      ];
      if (!old || !late || world.excuses.includes('clock')) return null;
      return old.order < late.order ? null : 'a later grant is never replaced by an earlier one';
    }
    default:
      return null;
  }
}

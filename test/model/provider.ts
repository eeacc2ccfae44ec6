/** The provider: answers requests, rotates refresh tokens, and ends grants whose tokens come back. */
import { opened, pairOf } from './sealed';
import type { Grant, Message, World } from './world';
import { grantNamed, violated, withGrant } from './world';
import type { Answer, Setting, Want } from './writer';
import type { Done } from './database';

/** One that was there from the beginning, and not in a row. */
export function newGrant(name: string, user: string): Grant {
  return {
    name,
    user,
    flow: null,
    order: 0,
    isAlive: true,
    newest: 1,
    answered: [],
    saved: 0,
    isReplaced: false,
    isRefusedOnce: false,
    isGivenBack: false,
    lost: [],
  };
}

const REFUSED: Answer = { kind: 'invalid_grant' };

/** @param isSpurious whether it refuses a grant that is alive */
export function answered(world: World, message: Message, setting: Setting, isSpurious = false): Done<Answer> {
  return message.kind === 'exchange'
    ? exchanged(world, message)
    : refreshed(world, message, setting, isSpurious);
}

function exchanged(world: World, { presented, from }: Message): Done<Answer> {
  if (world.grants.some(({ flow }) => flow === presented)) {
    return { world: violated(world, 'a flow is taken once, in time and by its user'), result: REFUSED };
  }
  const [name, time] = [`g${from}`, world.time + 1];
  const grant = { ...newGrant(name, userOf(world, from)), flow: presented, order: time };
  const pair = { grant: name, number: 1 };
  return {
    world: { ...world, time, grants: [...world.grants, grant] },
    result: { kind: 'tokens', tokens: { ...pair, refresh: `${name}.1`, time } },
  };
}

function refreshed(
  world: World,
  { presented, claim }: Message,
  { rotation }: Setting,
  isSpurious: boolean,
): Done<Answer> {
  const { grant: name, number } = pairOf(presented);
  const grant = grantNamed(world, name);
  if (!grant?.isAlive) return { world, result: REFUSED };
  if (isSpurious) return { world: withGrant(world, name, () => ({ isRefusedOnce: true })), result: REFUSED };
  const earlier = grant.answered
    .filter((text) => text.startsWith(`${number} `))
    .map((text) => text.split(' ')[1] ?? '');
  const isAgain = rotation !== 'none' && earlier.length > 0;
  const isExcused = [...earlier, claim].some((one) => world.excuses.includes(one));
  const seen =
    isAgain && !isExcused ? violated(world, 'an answered refresh token is not presented again') : world;
  const isTaken = rotation === 'none' || number >= grant.newest - (rotation === 'leeway' ? 1 : 0);
  if (!isTaken) return { world: withGrant(seen, name, () => ({ isAlive: false })), result: REFUSED };
  const newest = grant.newest + 1;
  const next = withGrant(seen, name, () => ({
    newest,
    answered: rotation === 'none' ? [] : [...grant.answered, `${number} ${claim}`],
  }));
  const refresh = rotation === 'none' ? undefined : `${name}.${newest}`;
  return {
    world: next,
    result: { kind: 'tokens', tokens: { grant: name, number: newest, refresh, time: 0 } },
  };
}

/**
 * RFC 7009: the grant of the token ends; at some providers, everything that its user has granted. What was in use
 * when the process asked must not end with it.
 * @param mustKeep what was in use; null when the process has not asked
 */
export function revoked(
  world: World,
  { pair }: Want & { readonly do: 'revoke' },
  mustKeep: readonly string[] | null,
  { reach }: Setting,
): World {
  const { grant: own } = pairOf(pair);
  const granted = grantNamed(world, own)?.user;
  const stored = world.rows.map((row) => ({ user: row.user, name: pairOf(opened(row.access).pair).grant }));
  let next = withGrant(world, own, () => ({ isAlive: false, isGivenBack: true }));
  if (stored.some(({ name }) => name === own)) next = violated(next, 'what may be in use is not revoked');
  if (reach === 'grant') return next;
  const taken = world.flows.map((flow) => ({ user: flow.user, name: flow.grantId }));
  const inUse = new Set([...stored, ...taken].map(({ name }) => name));
  for (const { name, isAlive } of world.grants.filter(
    (grant) => grant.user === granted && grant.name !== own,
  )) {
    const isKept = mustKeep === null || mustKeep.includes(name);
    if (isAlive && inUse.has(name) && isKept) next = violated(next, 'what may be in use is not revoked');
    next = withGrant(next, name, () => ({ isAlive: false }));
  }
  return next;
}

function userOf(world: World, process: string): string {
  return world.processes.find(({ name }) => name === process)?.writer.user ?? '';
}

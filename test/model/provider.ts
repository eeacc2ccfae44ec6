/** The provider: answers requests, rotates refresh tokens, and ends grants whose tokens come back. */
import { opened, pairOf } from './sealed';
import type { Message, World } from './world';
import { grantNamed, violated, withGrant } from './world';
import type { Answer, Setting } from './writer';
import type { Done } from './database';

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
  const [name, time, user] = [`g${from}`, world.time + 1, userOf(world, from)];
  const grant = {
    ...{
      name,
      user,
      flow: presented,
      order: time,
      isAlive: true,
      newest: 1,
      answered: [],
      saved: 0,
      lost: [],
    },
    ...{ isReplaced: false, isRefusedOnce: false, isGivenBack: false },
  };
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
 * RFC 7009: the grant of the token ends; at some providers, everything that its user has granted.
 * @param mustKeep what was in use when the process asked; null when it has not asked
 */
export function revoked(
  world: World,
  pair: string,
  mustKeep: readonly string[] | null,
  { reach }: Setting,
): World {
  const { grant: own } = pairOf(pair);
  const user = grantNamed(world, own)?.user;
  const isStored = (name: string) =>
    world.rows.some(({ access }) => pairOf(opened(access).pair).grant === name);
  let next = withGrant(world, own, () => ({ isAlive: false, isGivenBack: true }));
  if (isStored(own)) next = violated(next, 'what may be in use is not revoked');
  if (reach === 'grant') return next;
  for (const { name, isAlive } of world.grants.filter((grant) => grant.user === user && grant.name !== own)) {
    const isInUse = isStored(name) || world.flows.some(({ grantId }) => grantId === name);
    const isKept = mustKeep === null || mustKeep.includes(name);
    if (isAlive && isInUse && isKept) next = violated(next, 'what may be in use is not revoked');
    next = withGrant(next, name, () => ({ isAlive: false }));
  }
  return next;
}

function userOf(world: World, process: string): string {
  return world.processes.find(({ name }) => name === process)?.writer.user ?? '';
}

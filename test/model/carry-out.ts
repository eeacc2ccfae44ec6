/** Carries out the step of a process; only a request takes longer, until the provider answers. */
import { executed, executedEach, put } from './database';
import { resumed } from './processes';
import { revoked } from './provider';
import { opened, pairOf } from './sealed';
import { nextClaimOf } from './statements';
import type { Message, Process, World } from './world';
import { violated, withProcess } from './world';
import type { Answer, Setting, StatementWant, Want } from './writer';

const NOT_ASKED: Answer = { kind: 'transient', retryAfterMs: null };

/** The world after a process has taken its step, and has been given what came of it. */
export function carriedOut(world: World, one: Process, want: Want, setting: Setting): World {
  const { name } = one;
  switch (want.do) {
    case 'statement': {
      const { world: next, result } = executed(remove(world, one, want), want, setting);
      return resumed(remembered(next, one, want, result), name, result, setting);
    }
    case 'each': {
      const ending = want.statements.reduce((before, statement) => remove(before, one, statement), world);
      const { world: done, result } = executedEach(ending, want.statements, setting);
      if (result === 'taken') return resumed(world, name, result, setting);
      let next = done;
      for (const [index, statement] of want.statements.entries()) {
        next = remembered(next, one, statement, result[index]);
      }
      if (want.thenList === undefined) return resumed(next, name, result, setting);
      const left = next.rows.filter(({ user }) => user === want.thenList);
      return resumed(next, name, { result, left }, setting);
    }
    case 'put': {
      const { world: next, result } = put(world, want.given, setting);
      const kept = result === 'put' ? withProcess(next, name, () => ({ holds: [] })) : next;
      return resumed(kept, name, result, setting);
    }
    case 'read':
      return resumed(world, name, world.rows.find((row) => row[want.by] === want.value) ?? null, setting);
    case 'list': {
      const rows = world.rows.filter(({ user }) => want.user === null || user === want.user);
      return resumed(world, name, rows, setting);
    }
    case 'taken': {
      const ofUser = ({ user }: { readonly user: string }) => user === want.user;
      const taken = world.flows.filter(ofUser).flatMap(({ grantId }) => grantId ?? []);
      const stored = world.rows.filter(ofUser).map(({ access }) => pairOf(opened(access).pair).grant);
      const mustKeep = [...stored, ...taken].toSorted();
      return resumed(
        withProcess(world, name, () => ({ mustKeep })),
        name,
        taken.length > 0,
        setting,
      );
    }
    case 'send':
      return sent(world, one, want, setting);
    case 'revoke': {
      const next = revoked(world, want, one.mustKeep, setting);
      return resumed(
        withProcess(next, name, ({ holds }) => ({
          holds: holds.filter((pair) => pair !== want.pair),
          mustKeep: null,
        })),
        name,
        undefined,
        setting,
      );
    }
    case 'begin': {
      const flow = { state: want.state, user: want.user, grantId: null, isExpired: false };
      return resumed({ ...world, flows: [...world.flows, flow] }, name, undefined, setting);
    }
    case 'find': {
      const isThere = world.flows.some(({ state }) => state === want.state);
      return resumed(world, name, isThere ? world.offset : null, setting);
    }
    default:
      return resumed(world, name, undefined, setting);
  }
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
      const { seen } = want.given;
      const claim = { row: seen.id, claimed: nextClaimOf(seen) };
      return withProcess(world, name, () => ({ claim, isLate: false }));
    }
    case 'save':
      return withProcess(world, name, () => ({ claim: null, holds: [] }));
    case 'delete':
      return withProcess(world, name, ({ holds }) => ({
        holds: [...holds, opened(want.given.seen.access).pair],
      }));
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

/**
 * The owner of a claim stalls until its lease is over, a second process takes over, and the owner goes on: before the
 * second has saved, or after. Whoever claimed earlier never goes over whoever claimed later, and no row is stuck.
 */
import { setTimeout } from 'node:timers/promises';
import type { Context } from '../context';
import { expectNoDeaths } from '../judge';
import type { Replica, User, Waiting } from '../replica';
import { type ReplicaOptions, Replicas } from '../replicas';
import { type Result, Findings } from '../result';
import type { Told } from '../token-job';
import { expectCode, expectFreeRow, expectSameToken } from '../token-judge';
import { type Course, courses, nameOf } from './stalled-courses';

const ROUNDS = 2;
const AT_ONCE = 4;

const SHORT_LEASE: ReplicaOptions = { leaseMs: 1_000 };
/** A claim lasts three times as long, for its owner too. */
const REAL_LEASE: ReplicaOptions = { requestTimeoutMs: 1_500 };

interface Stalled {
  readonly course: Course;
  readonly user: User;
  readonly waiting: Waiting;
  readonly second: Replica;
}

interface Aftermath {
  readonly course: Course;
  /** As connected last. */
  readonly user: User;
  readonly owner: Told;
  readonly second: Told | undefined;
}

export async function stalledOwner(context: Context): Promise<Result> {
  const findings = new Findings();
  const lost = new Map<string, number>();
  const rounds = context.short ? 1 : ROUNDS;
  for (let round = 1; round <= rounds; round += 1) {
    for (const part of partsOf(context.short ? courses.slice(0, AT_ONCE) : courses)) {
      const strict = part.filter(({ isLenient }) => !isLenient);
      const names = [
        ...(await Replicas.during(context, true, (replicas) => takeAll(findings, replicas, strict))),
        ...(await Replicas.during(context, false, (replicas) => takeAll(findings, replicas, part))),
      ];
      for (const name of names) lost.set(name, (lost.get(name) ?? 0) + 1);
    }
  }
  for (const [name, count] of lost) {
    findings.note(`${name}: ${count} of ${rounds} users had to connect again`);
  }
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

function partsOf(all: readonly Course[]): readonly (readonly Course[])[] {
  const count = Math.ceil(all.length / AT_ONCE);
  return Array.from({ length: count }, (_, part) => all.slice(part * AT_ONCE, (part + 1) * AT_ONCE));
}

/** @returns the courses in which users lost their tokens */
async function takeAll(
  findings: Findings,
  replicas: Replicas,
  taken: readonly Course[],
): Promise<readonly string[]> {
  const seconds = await replicas.several(taken.length, SHORT_LEASE);
  const stalled: Stalled[] = [];
  for (const [index, course] of taken.entries()) {
    const owner = await replicas.replica(course.isTimed ? REAL_LEASE : SHORT_LEASE);
    const second = seconds[index];
    if (second) stalled.push(await stall(findings, replicas, course, owner, second));
  }
  const ends = await Promise.all(stalled.map((one) => goThrough(findings, replicas, one)));
  await replicas.expire();
  const fresh = await replicas.replica();
  const all = await fresh.ask(ends.map(({ user }) => user));
  const lost: string[] = [];
  for (const end of ends) {
    const told = all.find(({ userId }) => userId === end.user.id);
    if (told && (await hasLost(findings, replicas, fresh, end, told))) lost.push(nameOf(end.course));
  }
  return lost;
}

async function stall(
  findings: Findings,
  replicas: Replicas,
  course: Course,
  owner: Replica,
  second: Replica,
): Promise<Stalled> {
  const { server } = replicas;
  const user = await replicas.user(owner);
  findings.countRound();
  if (course.provider === 'has ended the grant') await server.end(user.grantId);
  if (course.provider === 'fails') {
    server.interferences.push(async ({ response }) => void response.writeHead(503).end());
  }
  const waiting = await owner.askUntil(user, course.owner);
  if (waiting.isThere) findings.countFault();
  else findings.isWrong(`${nameOf(course)}: the owner did not come there`);
  return { course, user, waiting, second };
}

async function goThrough(
  findings: Findings,
  replicas: Replicas,
  { course, user, waiting, second }: Stalled,
): Promise<Aftermath> {
  const when = whenOf(replicas, course);
  const stalledAt = await replicas.row(user);
  let told: Told | undefined;
  let held: Waiting | undefined;
  if (course.second === 'finishes') told = await second.askOnce(user);
  else if (course.second === 'stays away') await leaseEnds(replicas, user);
  else held = await second.askUntil(user, course.second);
  if (held?.isThere === false) findings.isWrong(`${when}: the second did not come there`);
  const isConnectedAgain = course.provider === 'has ended the grant';
  const latest = isConnectedAgain ? await replicas.connect(user.id, second) : user;

  const before = await replicas.row(user);
  const owner = await waiting.goOn();
  const after = await replicas.row(user);
  if (Number(before['generation']) > Number(stalledAt['generation'])) {
    const isSame = before['access_token_encrypted'] === after['access_token_encrypted'];
    // Of a grant that has come since, and whose token has expired, it gets new ones under a claim of its own.
    const isOwnClaim = Number(after['generation']) > Number(before['generation']);
    if (!isSame && !isOwnClaim) findings.isWrong(`${when}: the owner went over tokens of a later claim`);
  }
  if (held && before['lease_expires_at'] !== after['lease_expires_at']) {
    findings.isWrong(`${when}: the owner ended the claim of the second`);
  }
  told = held ? await held.goOn() : told;
  const rows = [stalledAt, before, after, await replicas.row(user)];
  if (rows.at(-1)?.['lease_expires_at'] !== null) findings.isWrong(`${when}: a claim is left behind`);
  const generations = rows.map(({ generation }) => Number(generation));
  if (generations.some((generation, index) => generation < (generations[index - 1] ?? 0))) {
    findings.isWrong(`${when}: the generations went ${generations.join(', ')}`);
  }
  return { course, user: latest, owner, second: isConnectedAgain ? undefined : told };
}

/** Judges, and lets a user who has lost the tokens connect again. */
async function hasLost(
  findings: Findings,
  replicas: Replicas,
  fresh: Replica,
  { course, user, owner, second }: Aftermath,
  told: Told,
): Promise<boolean> {
  const { server, rotates } = replicas;
  const when = whenOf(replicas, course);
  const isLost = !(await server.isGrantAlive(user.grantId));
  if (isLost) {
    if (!(rotates && course.isTwice)) findings.isLost(`${when}: the grant`);
    expectCode(findings, told, 'reauthorization_required', when);
    if (told.error?.code !== 'reauthorization_required') return isLost;
    const again = await replicas.connect(user.id, fresh);
    await expectSameToken(findings, server, await fresh.ask([again]), 1, `${when}, connected again`);
  } else {
    for (const one of second ? [owner, second] : [owner]) {
      if (course.isUnavailable && one.error?.code === 'provider_unavailable') continue;
      await expectSameToken(findings, server, [one], 1, when);
    }
    await expectSameToken(findings, server, [told], 1, `${when}, afterwards`);
  }
  expectFreeRow(findings, await replicas.row(user), when);
  return isLost;
}

function whenOf({ rotates }: Replicas, course: Course): string {
  return `${nameOf(course)}${rotates ? '' : ', refresh tokens may be presented again'}`;
}

async function leaseEnds(replicas: Replicas, user: User): Promise<void> {
  for (;;) {
    const { lease_expires_at: until } = await replicas.row(user);
    const left = Date.parse(String(until)) - Date.now();
    if (left <= 0) return;
    await setTimeout(left);
  }
}

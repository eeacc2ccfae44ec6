/**
 * A process is killed at a step of a refresh, each in turn; then a fresh one asks for the token. Something can be lost
 * only between the provider's answer and our save, at a provider that takes no refresh token twice.
 */
import type { Context } from '../context';
import { expectNoDeaths } from '../judge';
import type { Replica, User } from '../replica';
import { Replicas } from '../replicas';
import { type Result, Findings } from '../result';
import type { RefreshPlace, Told } from '../token-job';
import { expectCode, expectFreeRow, expectSameToken } from '../token-judge';

interface Step {
  readonly at: RefreshPlace | 'with the answer on its way';
  /** What the provider does; default: it answers with tokens. */
  readonly provider?: 'fails' | 'has ended the grant';
  /** Whether the provider has taken the refresh token back and what it gave is not saved. */
  readonly isBetween?: true;
}

/** In the short form the first five are tried, and the first alone where a refresh token may be presented again. */
const steps: readonly Step[] = [
  { at: 'before the save', isBetween: true },
  { at: 'after the answer', isBetween: true },
  { at: 'after the claim' },
  { at: 'after the save' },
  { at: 'before the release', provider: 'fails' },
  { at: 'before the claim' },
  { at: 'at the client secret' },
  { at: 'before the request' },
  { at: 'with the answer on its way', isBetween: true },
  { at: 'after the release', provider: 'fails' },
  { at: 'before the mark', provider: 'has ended the grant' },
  { at: 'after the mark', provider: 'has ended the grant' },
];

const ROUNDS = 2;

/** Of the processes that are killed. */
const LEASE_MS = 1_000;

/** A user whose process was killed, and what a fresh process was told. */
interface Aftermath {
  readonly step: Step;
  readonly user: User;
  readonly told: Told;
}

export async function killedAtRefresh(context: Context): Promise<Result> {
  const findings = new Findings();
  const { short } = context;
  const strict = steps.slice(0, short ? 5 : steps.length);
  const lenient = strict.filter(({ isBetween }) => isBetween).slice(0, short ? 1 : steps.length);
  const lost = new Map<string, number>();
  const rounds = short ? 1 : ROUNDS;
  for (let round = 1; round <= rounds; round += 1) {
    const places = await Promise.all([
      Replicas.during(context, true, (replicas) => killAtEach(findings, replicas, strict)),
      Replicas.during(context, false, (replicas) => killAtEach(findings, replicas, lenient)),
    ]);
    for (const at of places.flat()) lost.set(at, (lost.get(at) ?? 0) + 1);
  }
  for (const [at, count] of lost) {
    findings.note(`killed ${at}: ${count} of ${rounds} users had to connect again`);
  }
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

/** @returns where users lost their tokens */
async function killAtEach(
  findings: Findings,
  replicas: Replicas,
  tried: readonly Step[],
): Promise<readonly string[]> {
  const victims = await replicas.several(tried.length, { leaseMs: LEASE_MS });
  const killed: { readonly step: Step; readonly user: User }[] = [];
  for (const [index, step] of tried.entries()) {
    const victim = victims[index];
    if (victim) killed.push({ step, user: await killAt(findings, replicas, victim, step) });
  }
  const fresh = await replicas.replica();
  const all = await fresh.ask(killed.map(({ user }) => user));
  const lost: string[] = [];
  for (const { step, user } of killed) {
    const told = all.find(({ userId }) => userId === user.id);
    if (!told) continue;
    if (await hasLost(findings, replicas, fresh, { step, user, told })) lost.push(step.at);
  }
  return lost;
}

async function killAt(
  findings: Findings,
  replicas: Replicas,
  victim: Replica,
  { at, provider }: Step,
): Promise<User> {
  const { server } = replicas;
  const user = await replicas.user(victim);
  findings.countRound();
  if (provider === 'has ended the grant') await server.end(user.grantId);
  if (provider === 'fails') {
    server.interferences.push(async ({ response }) => void response.writeHead(503).end());
  }
  if (at === 'with the answer on its way') {
    server.interferences.push(async ({ perform, response }) => {
      await perform();
      victim.kill();
      response.destroy();
    });
  }
  const isKilled =
    at === 'with the answer on its way' ? await victim.askAndDie(user) : await victim.askAndDie(user, at);
  if (isKilled) findings.countFault();
  else findings.isWrong(`${at}: the process was not killed`);
  return user;
}

/** Judges, and lets a user who has lost the tokens connect again. */
async function hasLost(
  findings: Findings,
  replicas: Replicas,
  fresh: Replica,
  { step, user, told }: Aftermath,
): Promise<boolean> {
  const { server } = replicas;
  const when = `killed ${step.at}${replicas.rotates ? '' : ', refresh tokens may be presented again'}`;
  const isLost = step.isBetween === true && replicas.rotates;
  if (isLost || step.provider === 'has ended the grant') {
    expectCode(findings, told, 'reauthorization_required', when);
    if (told.error?.code !== 'reauthorization_required') return isLost;
    const again = await replicas.connect(user.id, fresh);
    await expectSameToken(findings, server, await fresh.ask([again]), 1, `${when}, connected again`);
  } else {
    const token = await expectSameToken(findings, server, [told], 1, when);
    if (token === user.accessToken) findings.isWrong(`${when}: the token is the one of before`);
  }
  expectFreeRow(findings, await replicas.row(user), when);
  return isLost;
}

/**
 * A new key comes in two deployments while old and new processes refresh the same users' tokens: it is added everywhere,
 * then made the current one. Rows are encrypted anew meanwhile, and in the end the old key is not needed.
 */
import type { ReencryptReport } from '../../../src/tokens/reencrypt';
import type { Context } from '../context';
import type { Row } from '../databases/database';
import { expectNoDeaths } from '../judge';
import type { Replica, User } from '../replica';
import { Replicas, ringOf } from '../replicas';
import { type Result, Findings } from '../result';
import { expectSameToken } from '../token-judge';
import { missingKey } from './missing-key';

const CALLERS = 5;
const ROUNDS = 10;
const USERS = 10;
/** For a stalled owner, until its row may be written by others. */
const LEASE_MS = 1_000;
const LIMIT_MS = 15_000;

interface Service {
  readonly findings: Findings;
  readonly replicas: Replicas;
  readonly users: readonly User[];
  /** Of each phase. */
  readonly rounds: number;
}

export async function rotatedKeys(context: Context): Promise<Result> {
  const findings = new Findings();
  const rounds = context.short ? 1 : ROUNDS;
  await Replicas.during(context, true, async (replicas) => {
    await context.processes.warm(4);
    const old = await replicas.replica();
    const users: User[] = [];
    for (let user = 1; user <= USERS; user += 1) users.push(await replicas.user(old));
    const service = { findings, replicas, users, rounds };

    const added = await replicas.replica({ ring: ringOf('k1', 'k2') });
    await refreshTogether(service, [old, added], 'the new key is known to some');
    await old.close();
    const current = await replicas.replica({ ring: ringOf('k2', 'k1') });
    await refreshTogether(service, [added, current], 'the new key is current for some');
    await encryptedBehindAnOwner(service, current);
    const other = await replicas.replica({ ring: ringOf('k2', 'k1') });
    await encryptedWhileRefreshing(service, { refreshing: other, encrypting: current, old: added });
    await added.close();
    await other.close();
    const last = await replicas.replica({ ring: ringOf('k2') });
    await refreshTogether(service, [current, last], 'the old key is gone for some');
    await current.close();
    await refreshTogether(service, [last], 'the old key is gone');
    for (const { grantId } of users) {
      if (!(await replicas.server.isGrantAlive(grantId))) findings.isLost('a grant is over');
    }
    await missingKey(findings, replicas);
  });
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

/** Rounds in which the tokens of all users have expired and everybody asks for all of them. */
async function refreshTogether(
  { findings, replicas, users, rounds }: Service,
  askers: readonly Replica[],
  when: string,
): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    findings.countRound();
    await replicas.expire();
    const refreshes = replicas.server.refreshes;
    const all = (await Promise.all(askers.map((asker) => asker.ask(users, CALLERS)))).flat();
    for (const { id } of users) {
      const told = all.filter(({ userId }) => userId === id);
      await expectSameToken(findings, replicas.server, told, askers.length * CALLERS, `${when}, ${id}`);
    }
    const renewed = replicas.server.refreshes - refreshes;
    if (renewed !== users.length) findings.isWrong(`${when}: ${renewed} refreshes for ${users.length} users`);
  }
}

/** An owner stalls until others may write its row, which is brought under the new key; its save goes over that. */
async function encryptedBehindAnOwner(
  { findings, replicas, users: [user] }: Service,
  encrypting: Replica,
): Promise<void> {
  const when = 'encrypted anew behind an owner that stalls';
  if (!user) return;
  findings.countFault();
  const owner = await replicas.replica({ ring: ringOf('k1', 'k2'), leaseMs: LEASE_MS });
  await refreshTogether({ findings, replicas, users: [user], rounds: 1 }, [owner], when);
  await replicas.expire();
  const waiting = await owner.askUntil(user, 'before the save');
  if (!waiting.isThere) findings.isWrong(`${when}: the owner did not come to its save`);
  await encryptUntil(findings, encrypting, when, async () => keyOf(await replicas.row(user)) === 'k2');
  const both = [await waiting.goOn(), await encrypting.askOnce(user)];
  await expectSameToken(findings, replicas.server, both, both.length, when);
  await owner.close();
}

/** Rows that are being refreshed are left out, until none is. */
async function encryptedWhileRefreshing(
  { findings, replicas, users, rounds }: Service,
  { refreshing, encrypting, old }: Readonly<Record<'refreshing' | 'encrypting' | 'old', Replica>>,
): Promise<void> {
  const { server } = replicas;
  const when = 'encrypted anew while tokens are refreshed';
  const total = { rewritten: 0, skipped: 0 };
  for (let round = 1; round <= rounds; round += 1) {
    findings.countRound();
    await refreshTogether({ findings, replicas, users, rounds: 1 }, [old], 'the old key is current');
    await replicas.expire();
    let isRefreshing = true;
    let leaveOut: (() => void) | undefined;
    const isLeftOut = new Promise<void>((resolve) => (leaveOut = resolve));
    const isAsked = new Promise<void>((resolve) => {
      server.interferences.push(async ({ perform, response }) => {
        const { body } = await perform();
        resolve();
        await isLeftOut;
        response.end(body);
      });
    });
    const asking = refreshing.ask(users).finally(() => (isRefreshing = false));
    await Promise.race([isAsked, asking]);
    await encryptUntil(findings, encrypting, when, ({ rewritten, skipped }) => {
      total.rewritten += rewritten;
      total.skipped += skipped;
      if (skipped > 0) leaveOut?.();
      return skipped === 0 && !isRefreshing;
    });
    for (const told of await asking) await expectSameToken(findings, server, [told], 1, when);
    for (const user of users) {
      const key = keyOf(await replicas.row(user));
      if (key !== 'k2') findings.isWrong(`${when}: ${user.id} is under ${key}`);
    }
  }
  findings.note(
    `${total.rewritten} rows encrypted anew, ${total.skipped} left out while they were refreshed`,
  );
}

async function encryptUntil(
  findings: Findings,
  encrypting: Replica,
  when: string,
  isDone: (report: ReencryptReport) => boolean | Promise<boolean>,
): Promise<void> {
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    const report = await encrypting.reencrypt();
    if (report.failed > 0) findings.isWrong(`${when}: ${report.failed} rows do not open`);
    if (await isDone(report)) return;
    if (performance.now() > until) return findings.isWrong(`${when}: it did not come to an end`);
  }
}

/** Id of the key that a row's tokens are under, both of them. */
function keyOf({ access_token_encrypted: access, refresh_token_encrypted: refresh }: Row): string {
  return [...new Set([access, refresh].map((text) => String(text).split('.')[1]))].join(' and ');
}

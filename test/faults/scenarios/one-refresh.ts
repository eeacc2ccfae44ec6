/** Eight processes with fifty callers each ask at once for an expired token: one refresh a round, for all of them. */
import type { EngineName } from '../../setup/engine-name';
import type { Context } from '../context';
import { expectNoDeaths } from '../judge';
import type { Replica, User } from '../replica';
import { Replicas } from '../replicas';
import { type Result, Findings } from '../result';
import { expectSameToken } from '../token-judge';

const PROCESSES = 8;
const CALLERS = 50;
const ROUNDS: Readonly<Record<EngineName, number>> = { postgres: 100, mariadb: 20, sqlite: 20 };

export async function oneRefresh(context: Context): Promise<Result> {
  const findings = new Findings();
  const rounds = context.short ? 3 : ROUNDS[context.engine];
  await Replicas.during(context, true, async (replicas) => {
    const eight = await replicas.several(PROCESSES);
    const [first] = eight;
    if (!first) return;
    const user = await replicas.user(first);
    const before = new Set([user.accessToken]);
    for (let round = 1; round <= rounds; round += 1) {
      await askTogether(findings, replicas, { eight, user, before, when: `round ${round}` });
    }
    const { generation } = await replicas.row(user);
    if (generation !== 1 + rounds) findings.isWrong(`the row is of generation ${String(generation)}`);
    if (!(await replicas.server.isGrantAlive(user.grantId))) findings.isLost('the grant is over');
    findings.note(`${replicas.server.refreshes} refreshes for ${rounds * PROCESSES * CALLERS} callers`);
  });
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

interface Round {
  readonly eight: readonly Replica[];
  readonly user: User;
  /** Every token that there has been. */
  readonly before: Set<string>;
  readonly when: string;
}

async function askTogether(
  findings: Findings,
  replicas: Replicas,
  { eight, user, before, when }: Round,
): Promise<void> {
  findings.countRound();
  const { server } = replicas;
  const [requests, refreshes] = [server.tokenRequests, server.refreshes];
  await replicas.expire();
  const told = (await Promise.all(eight.map((replica) => replica.ask([user], CALLERS)))).flat();
  const asked = server.tokenRequests - requests;
  const renewed = server.refreshes - refreshes;
  if (asked !== 1 || renewed !== 1) {
    findings.isWrong(`${when}: the server was asked ${asked} times and renewed ${renewed} times`);
  }
  const token = await expectSameToken(findings, server, told, PROCESSES * CALLERS, when);
  if (token === undefined) return;
  if (before.has(token)) findings.isWrong(`${when}: the token is one of before`);
  before.add(token);
}

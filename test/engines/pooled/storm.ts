/** Eight processes with ten callers each ask at once for the tokens of twenty users, all expired: one refresh a user. */
import type { Context } from '../../faults/context';
import { expectNoDeaths } from '../../faults/judge';
import type { User } from '../../faults/replica';
import { Replicas } from '../../faults/replicas';
import { type Result, Findings } from '../../faults/result';
import { expectSameToken } from '../../faults/token-judge';

const PROCESSES = 8;
const CALLERS = 10;
const USERS = 20;

export async function storm(context: Context): Promise<Result> {
  const findings = new Findings();
  await Replicas.during(context, true, async (replicas) => {
    const { server } = replicas;
    const eight = await replicas.several(PROCESSES);
    const [first] = eight;
    if (!first) return;
    const users: User[] = [];
    for (let user = 1; user <= USERS; user += 1) users.push(await replicas.user(first));
    const counts = () => [server.tokenRequests, server.refreshes, server.revokedGrants.length].join(', ');
    const ask = async (when: string, expected: string) => {
      findings.countRound();
      const told = (await Promise.all(eight.map((replica) => replica.ask(users, CALLERS)))).flat();
      if (counts() !== expected) {
        findings.isWrong(`${when}: requests, refreshes, ended grants: ${counts()} instead of ${expected}`);
      }
      for (const { id } of users) {
        const own = told.filter(({ userId }) => userId === id);
        await expectSameToken(findings, server, own, PROCESSES * CALLERS, `${when}, ${id}`);
      }
    };
    await ask('expired', `${USERS}, ${USERS}, 0`);
    await ask('just refreshed', `${USERS}, ${USERS}, 0`);
    await replicas.expire();
    await ask('expired again', `${2 * USERS}, ${2 * USERS}, 0`);
  });
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

/** User ids that a collation may take for one: each finds its own token and no other's. */
import type { Context } from '../context';
import type { Result } from '../result';
import { Findings } from '../result';

const users = ['Ada', 'ada', 'ada ', 'ADA', 'ada\t', 'adá', 'ada\u0301', 'ａda', '', ' '];

export async function threeUsers({ database: make, processes }: Context): Promise<Result> {
  const findings = new Findings();
  const { connection } = await make();
  const ending = await processes.run({ kind: 'users', connection, users });
  findings.countRound(users.length);
  if (ending.how !== 'answered') {
    findings.isWrong(`saving their tokens ended as ${JSON.stringify(ending)}`);
    return findings.result;
  }
  for (const [index, user] of users.entries()) {
    const found = ending.outcome.found[index] ?? [];
    if (!found.includes(user)) findings.isLost(`the token of ${JSON.stringify(user)}`);
    for (const other of found) {
      if (other !== user)
        findings.isWrong(`${JSON.stringify(user)} gets the token of ${JSON.stringify(other)}`);
    }
  }
  return findings.result;
}

/** User ids that a collation may take for one: each finds its own token and no other's. */
import { isOldMysql } from '../../setup/mysql-version';
import type { Context } from '../context';
import type { Result } from '../result';
import { Findings } from '../result';

const all = ['Ada', 'ada', 'ada ', 'ADA', 'ada\t', 'adá', 'ada\u0301', 'ａda', '', ' '];

export async function threeUsers({ database: make, engine, processes }: Context): Promise<Result> {
  const findings = new Findings();
  const database = await make();
  const { connection } = database;
  // Every collation of such a server takes those with a space at the end for those without.
  const isPadded = await isOldMysql(engine, (sql) => database.send(sql));
  const users = isPadded ? all.filter((user) => !user.endsWith(' ')) : all;
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

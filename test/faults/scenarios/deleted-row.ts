/** A user's row is deleted while the provider is asked: nobody gets a token, and the new ones are given back. */
import type { Interference } from '../../setup/authorization-server';
import type { Context } from '../context';
import { expectNoDeaths } from '../judge';
import type { Replica, User } from '../replica';
import { Replicas } from '../replicas';
import { type Result, Findings } from '../result';
import type { Told } from '../token-job';
import { expectCode, expectSameToken } from '../token-judge';

const CALLERS = 5;

export async function deletedRow(context: Context): Promise<Result> {
  const findings = new Findings();
  const rounds = context.short ? 1 : 10;
  await Replicas.during(context, true, async (replicas) => {
    const [one, other] = await replicas.several(2);
    if (!one || !other) return;
    for (let round = 1; round <= rounds; round += 1) {
      await deletedMeanwhile(findings, replicas, [one, other], `round ${round}, deleted`);
      await connectedAgainMeanwhile(findings, replicas, [one, other], `round ${round}, connected again`);
    }
  });
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

async function deletedMeanwhile(
  findings: Findings,
  replicas: Replicas,
  both: readonly [Replica, Replica],
  when: string,
): Promise<void> {
  const user = await replicas.user(both[0]);
  const { all, issued } = await askWhile(findings, replicas, { user, askers: both }, () =>
    deleteRow(replicas, user),
  );
  for (const told of all) expectCode(findings, told, 'not_connected', when);
  await expectGivenBack(findings, replicas, user, issued, when);
}

/** What the user has granted meanwhile is another grant, and stays. */
async function connectedAgainMeanwhile(
  findings: Findings,
  replicas: Replicas,
  [asking, connecting]: readonly [Replica, Replica],
  when: string,
): Promise<void> {
  const user = await replicas.user(asking);
  let again = user;
  const { issued } = await askWhile(findings, replicas, { user, askers: [asking] }, async () => {
    await deleteRow(replicas, user);
    again = await replicas.connect(user.id, connecting);
  });
  await expectGivenBack(findings, replicas, user, issued, when);
  if (!(await replicas.server.isGrantAlive(again.grantId))) findings.isLost(`${when}: the new grant`);
  await expectSameToken(findings, replicas.server, await connecting.ask([again]), 1, `${when}, asked again`);
}

/** @returns what all callers were told, and the access token that the server gave and nobody may use */
async function askWhile(
  findings: Findings,
  { server }: Replicas,
  { user, askers }: { readonly user: User; readonly askers: readonly Replica[] },
  happens: () => Promise<void>,
): Promise<{ readonly all: readonly Told[]; readonly issued: string }> {
  findings.countRound();
  const revocations = server.revocations;
  let issued = '';
  const interference: Interference = async ({ perform, response }) => {
    const { body } = await perform();
    issued = (JSON.parse(body) as { readonly access_token: string }).access_token;
    findings.countFault();
    await happens();
    response.end(body);
  };
  server.interferences.push(interference);
  const all = await Promise.all(askers.map((asker) => asker.ask([user], CALLERS)));
  if (server.revocations === revocations) findings.isWrong(`${user.id}: the server was not told`);
  return { all: all.flat(), issued };
}

async function expectGivenBack(
  findings: Findings,
  { server }: Replicas,
  { grantId }: User,
  issued: string,
  when: string,
): Promise<void> {
  if (await server.isLive(issued)) findings.isWrong(`${when}: the new token was not given back`);
  if (await server.isGrantAlive(grantId)) findings.isWrong(`${when}: the grant of before lives`);
}

async function deleteRow(replicas: Replicas, { id }: User): Promise<void> {
  await replicas.send(`DELETE FROM user_connection_tokens WHERE user_id = '${id}'`);
}

/** The wrong order: a process already encrypts with a key that another does not know. Nothing is written or lost. */
import type { User } from '../replica';
import { type Replicas, ringOf } from '../replicas';
import type { Findings } from '../result';
import { expectCode, expectSameToken } from '../token-judge';

const when = 'the new key is unknown to some';

export async function missingKey(findings: Findings, replicas: Replicas): Promise<void> {
  const { server } = replicas;
  findings.countRound();
  findings.countFault();
  const ahead = await replicas.replica({ ring: ringOf('k2', 'k1') });
  const behind = await replicas.replica({ ring: ringOf('k1') });
  const user = await replicas.user(behind);
  const token = await expectSameToken(findings, server, [await ahead.askOnce(user)], 1, when);
  expectCode(findings, await behind.askOnce(user), 'key_unknown', `${when}, a token that lives`);

  await replicas.expire();
  const before = await whole(replicas, user);
  const requests = server.tokenRequests;
  expectCode(findings, await behind.askOnce(user), 'key_unknown', `${when}, a token that has expired`);
  const { failures } = await behind.reencrypt();
  const codes = failures.filter(({ userId }) => userId === user.id).map(({ code }) => code);
  if (codes.join() !== 'key_unknown') findings.isWrong(`${when}: encrypting anew told of ${codes.join()}`);
  if (server.tokenRequests !== requests) findings.isWrong(`${when}: the provider was asked`);
  if ((await whole(replicas, user)) !== before) findings.isWrong(`${when}: the row was written`);

  const [one, other] = await Promise.all([ahead.askOnce(user), behind.askOnce(user)]);
  const renewed = await expectSameToken(findings, server, [one], 1, `${when}, together`);
  if (renewed === token) findings.isWrong(`${when}: the token is the one of before`);
  expectCode(findings, other, 'key_unknown', `${when}, together`);
  await behind.close();
  const mended = await replicas.replica({ ring: ringOf('k1', 'k2') });
  await expectSameToken(findings, server, [one, await mended.askOnce(user)], 2, 'the key was added');
  await replicas.expire();
  await expectSameToken(findings, server, [await mended.askOnce(user)], 1, 'the key was added, expired');
  if (!(await server.isGrantAlive(user.grantId))) findings.isLost(`${when}: the grant`);
}

async function whole(replicas: Replicas, user: User): Promise<string> {
  return JSON.stringify(await replicas.row(user));
}

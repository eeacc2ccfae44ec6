/** The process of `process.ts`: fills the tables, then answers until its parent hangs up. */
import { rateOf } from '../rate';
import { makeUsers, shuffled } from '../users';
import { openBetterAuth } from './accounts';
import type { Answer, Question } from './process';

const [address = '', n, from] = process.argv.slice(2);
// The loader of TypeScript turns them on; a service has none, and better-auth makes an error object in each call.
process.setSourceMapsEnabled(false);

const say = (answer: Answer) => process.connected && process.send?.(answer);
const saying = async (work: () => Promise<unknown>) => {
  try {
    say({ value: await work() });
  } catch (error) {
    say({ error: String(error) });
  }
};

await saying(async () => {
  const users = makeUsers(Number(n));
  const betterAuth = await openBetterAuth(address, users);
  const rate = rateOf(betterAuth.read, shuffled(users), Number(from));
  process.on('message', (question: Question) => {
    void saying(() => ('read' in question ? betterAuth.read(question.read) : rate(...question.rate)));
  });
  process.once('disconnect', () => void betterAuth.close());
  if (!process.connected) await betterAuth.close();
});

/** The child program: takes jobs from its parent, one after another, and answers each; it ends with its parent. */
import type { Answer, FuzzJob, GoOn, Job, Outcomes } from '../job';
import { failureOf } from '../in-every-job';
import { goOn } from './halt';
import { becomeNobody } from './nobody';
import { readInstants, writeInstants } from './instants';
import { start } from './start';
import { askTokens, closeConnections, importTokens, openConnections, reencrypt } from './tokens';
import { users } from './users';

const work: { readonly [Kind in Job['kind']]: (job: never) => Promise<Outcomes[Kind]> } = {
  start,
  'write-instants': writeInstants,
  'read-instants': readInstants,
  users,
  // What makes documents takes a second to load.
  fuzz: async (job: FuzzJob) => (await import('./fuzz')).fuzz(job),
  'open-connections': openConnections,
  'import-tokens': importTokens,
  'ask-tokens': askTokens,
  reencrypt,
  'close-connections': closeConnections,
};

const answer = (said: Answer) => process.send?.(said);

async function take(job: Job): Promise<void> {
  try {
    if (process.env['AS_NOBODY'] === '1' && job.kind === 'start') await becomeNobody(job.connection);
    answer({ say: 'outcome', outcome: await work[job.kind](job as never) });
  } catch (error) {
    answer({ say: 'threw', error: failureOf(error) });
  }
}

process.on('message', (said: Job | GoOn) => (said.kind === 'go-on' ? goOn() : void take(said)));
process.on('disconnect', () => process.exit());
answer({ say: 'ready' });

/** 100,000 documents, half edited text, half structures, are parsed and synced into a table in memory. */
import type { Context } from '../context';
import type { Result } from '../result';
import { Findings } from '../result';

const SEED = 795_305_600;
const IN_ONE_JOB = 5_000;
/** Each document alone may take two seconds; a job that takes this long hangs on one. */
const JOB_LIMIT_MS = 180_000;

export async function fuzzedConfiguration({ processes, short }: Context): Promise<Result> {
  const findings = new Findings();
  const jobs = short ? 1 : 20;
  let readable = 0;
  let removing = 0;
  let slowestMs = 0;
  const judge = async (index: number) => {
    const documents = short ? 300 : IN_ONE_JOB;
    const seed = SEED + index;
    const ending = await processes.run({ kind: 'fuzz', documents, seed }, { limitMs: JOB_LIMIT_MS });
    if (ending.how !== 'answered') {
      const why = ending.how === 'crashed' ? `: ${ending.why}` : '';
      return findings.isWrong(`seed ${seed}: the process ${ending.how}${why}`);
    }
    const { outcome } = ending;
    findings.countRound(documents);
    findings.countFault(documents);
    readable += outcome.readable;
    removing += outcome.removing;
    slowestMs = Math.max(slowestMs, outcome.slowestMs);
    for (const fault of outcome.faults) findings.isWrong(fault);
  };
  const indexes = Array.from({ length: jobs }, (_, index) => index);
  const work = async () => {
    for (let index = indexes.shift(); index !== undefined; index = indexes.shift()) await judge(index);
  };
  await Promise.all([work(), work()]);
  findings.note(
    `${readable} readable as a whole, ${removing} removed rows as they should, slowest ${slowestMs.toFixed(0)} ms`,
  );
  return findings.result;
}

/** The process is killed before a statement of a start, each in turn, and at random moments: the next start is whole. */
import type { Context, Origin } from '../context';
import { originsOf } from '../context';
import { declared } from '../declared';
import type { StartJob, StartOutcome } from '../job';
import { expectNoDeaths, expectSuccess } from '../judge';
import type { Ending } from '../processes';
import type { Result } from '../result';
import { Findings } from '../result';
import { positionsToTry, seededRandom } from '../sampling';
import { stepName } from '../steps';
import type { State } from '../whole';
import { checkWhole, undisturbed } from '../whole';

interface Trial {
  readonly origin: Origin;
  readonly expected: State;
  readonly when: string;
}

const SEED = 20_261_122;
const RANDOM_ROUNDS: Readonly<Record<Origin, number>> = { empty: 20, 'legacy-a': 4, 'legacy-b': 4 };

export async function killedAtEveryStep(context: Context): Promise<Result> {
  const findings = new Findings();
  for (const origin of originsOf(context, 2)) {
    const { state, statements } = await undisturbed(context, origin);
    for (const before of positionsToTry(context, origin, statements)) {
      const when = `${origin}, killed ${stepName(statements, before)}`;
      const fault = { kind: 'kill', before } as const;
      await trial(context, findings, { origin, expected: state, when }, (job) =>
        context.processes.run({ ...job, fault }),
      );
    }
  }
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

export async function killedAtRandom(context: Context): Promise<Result> {
  const findings = new Findings();
  const random = seededRandom(SEED);
  for (const origin of originsOf(context, 1)) {
    const { state, milliseconds } = await undisturbed(context, origin);
    const rounds = context.short ? 1 : RANDOM_ROUNDS[origin];
    for (let round = 1; round <= rounds; round += 1) {
      const killAfterMs = random() * milliseconds;
      const when = `${origin}, killed after ${killAfterMs.toFixed(1)} ms (seed ${SEED}, round ${round})`;
      await trial(context, findings, { origin, expected: state, when }, (job) =>
        context.processes.run(job, { killAfterMs }),
      );
    }
  }
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

async function trial(
  context: Context,
  findings: Findings,
  { origin, expected, when }: Trial,
  run: (job: StartJob) => Promise<Ending<StartOutcome>>,
): Promise<void> {
  findings.countRound();
  const database = await context.database(origin);
  const job: StartJob = { kind: 'start', connection: database.connection, config: declared };
  const ending = await run(job);
  if (ending.how === 'killed') findings.countFault();
  else expectSuccess(findings, ending, `${when}, which came too late`);
  expectSuccess(findings, await context.processes.run(job), `the start after: ${when}`);
  await checkWhole(findings, database, origin, expected, when);
  await database.drop();
}

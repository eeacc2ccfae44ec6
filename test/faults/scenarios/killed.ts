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
/** How many kills have to hit; a start may be over before its kill comes, which counts for nothing. */
const RANDOM_KILLS: Readonly<Record<Origin, number>> = { empty: 20, 'legacy-a': 4, 'legacy-b': 4 };
const MOST_ROUNDS_A_KILL = 5;

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
    const wanted = context.short ? 1 : RANDOM_KILLS[origin];
    let hit = 0;
    // A kill that came too late tells how long a start takes by now.
    let longest = milliseconds;
    for (let round = 1; hit < wanted; round += 1) {
      if (round > wanted * MOST_ROUNDS_A_KILL) {
        findings.isWrong(`${origin}: ${round - 1} random kills hit a start only ${hit} times`);
        break;
      }
      const killAfterMs = random() * longest;
      const when = `${origin}, killed after ${killAfterMs.toFixed(1)} ms (seed ${SEED}, round ${round})`;
      const isHit = await trial(context, findings, { origin, expected: state, when }, (job) =>
        context.processes.run(job, { killAfterMs }),
      );
      if (isHit) hit += 1;
      else longest = killAfterMs;
    }
  }
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

/** @returns whether the process was killed before it was done */
async function trial(
  context: Context,
  findings: Findings,
  { origin, expected, when }: Trial,
  run: (job: StartJob) => Promise<Ending<StartOutcome>>,
): Promise<boolean> {
  findings.countRound();
  const database = await context.database(origin);
  const job: StartJob = { kind: 'start', connection: database.connection, config: declared };
  const ending = await run(job);
  if (ending.how === 'killed') findings.countFault();
  else expectSuccess(findings, ending, `${when}, which came too late`);
  expectSuccess(findings, await context.processes.run(job), `the start after: ${when}`);
  await checkWhole(findings, database, origin, expected, when);
  await database.drop();
  return ending.how === 'killed';
}

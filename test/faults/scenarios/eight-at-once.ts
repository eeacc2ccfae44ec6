/** Eight processes start at the same moment, each with one connection: one does the work, seven find nothing to do. */
import type { Context, Origin } from '../context';
import { originsOf } from '../context';
import { declared } from '../declared';
import { expectNoDeaths, expectSuccess } from '../judge';
import type { Result } from '../result';
import { Findings } from '../result';
import type { State } from '../whole';
import { checkWhole, undisturbed } from '../whole';

const PROCESSES = 8;
const ROUNDS: Readonly<Record<Origin, number>> = { empty: 20, 'legacy-a': 10, 'legacy-b': 10 };

export async function eightAtOnce(context: Context): Promise<Result> {
  const findings = new Findings();
  for (const origin of originsOf(context, 2)) {
    const { state } = await undisturbed(context, origin);
    const rounds = context.short ? 1 : ROUNDS[origin];
    for (let round = 1; round <= rounds; round += 1) {
      await startTogether(context, findings, origin, state, `${origin}, round ${round}`);
    }
  }
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

async function startTogether(
  { database: make, processes }: Context,
  findings: Findings,
  origin: Origin,
  expected: State,
  when: string,
): Promise<void> {
  findings.countRound();
  const database = await make(origin);
  const { connection } = database;
  await processes.warm(PROCESSES);
  const endings = await Promise.all(
    Array.from({ length: PROCESSES }, () => processes.run({ kind: 'start', connection, config: declared })),
  );
  const outcomes = endings.map((ending, index) =>
    expectSuccess(findings, ending, `${when}, process ${index + 1}`),
  );
  const wrote = outcomes.filter((outcome) => (outcome?.lastSync?.written.length ?? 0) > 0).length;
  if (wrote !== 1) findings.isWrong(`${when}: ${wrote} processes say that they wrote connections`);
  const migrated = outcomes.filter((outcome) => outcome?.log.some((line) => line.includes('was run'))).length;
  if (migrated !== 1) findings.isWrong(`${when}: ${migrated} processes say that they migrated`);
  await checkWhole(findings, database, origin, expected, when);
  await database.drop();
}

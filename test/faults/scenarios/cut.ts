/** The server ends the connection before every statement of a start or a sync: a clear error, and the pool goes on. */
import type { ConnectionsDocument } from '../../../src/config/document';
import type { Context, Origin } from '../context';
import { originsOf } from '../context';
import { changed, declared } from '../declared';
import type { StartJob } from '../job';
import { expectClear, expectNoDeaths, expectSuccess } from '../judge';
import type { Result } from '../result';
import { Findings } from '../result';
import { positionsToTry } from '../sampling';
import { stepName } from '../steps';
import { checkWhole, undisturbed } from '../whole';

const LIMIT_MS = 15_000;

export async function cutDuringStart(context: Context): Promise<Result> {
  const findings = new Findings();
  for (const origin of originsOf(context, 1)) await cutEverywhere(context, findings, origin);
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

export async function cutDuringSync(context: Context): Promise<Result> {
  const findings = new Findings();
  await cutEverywhere(context, findings, 'empty', changed);
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

async function cutEverywhere(
  context: Context,
  findings: Findings,
  origin: Origin,
  reload?: ConnectionsDocument,
): Promise<void> {
  const how = { opener: 'host', ...(reload && { reload }) } as const;
  const { state, statements } = await undisturbed(context, origin, how);
  for (const before of positionsToTry(context, origin, statements)) {
    const when = `${origin}, cut ${stepName(statements, before)}`;
    findings.countRound();
    const database = await context.database(origin);
    const job: StartJob = { kind: 'start', connection: database.connection, config: declared, ...how };
    const fault = { kind: 'cut', before } as const;
    const ending = await context.processes.run({ ...job, fault }, { limitMs: LIMIT_MS });
    const outcome = expectClear(findings, ending, when);
    if (outcome?.injected) findings.countFault();
    else if (outcome) findings.isWrong(`${when}: the connection was not cut`);
    expectSuccess(findings, await context.processes.run(job), `the start after: ${when}`);
    await checkWhole(findings, database, origin, state, when);
    await database.drop();
  }
}

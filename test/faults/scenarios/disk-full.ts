/** SQLite's disk is full after some number of pages: a clear error, and once there is room the next start is whole. */
import { manyEntries } from '../../setup/declarations';
import type { Context } from '../context';
import { changed, declared } from '../declared';
import type { StartJob } from '../job';
import { expectClear, expectNoDeaths, expectSuccess, failed } from '../judge';
import type { Result } from '../result';
import { Findings } from '../result';
import { evenly } from '../sampling';
import { checkWhole, undisturbed } from '../whole';

export async function diskFull(context: Context): Promise<Result> {
  const findings = new Findings();
  await fullDuringStart(context, findings);
  await fullDuringSync(context, findings);
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

async function fullDuringStart(context: Context, findings: Findings): Promise<void> {
  const { state: expected } = await undisturbed(context, 'empty');
  const needed = await pagesNeeded(context);
  const sizes = Array.from({ length: needed - 1 }, (_, index) => index + 1);
  for (const pages of context.short ? evenly(sizes, 3) : sizes) {
    const when = `a disk of ${pages} pages where ${needed} are needed`;
    findings.countRound();
    const database = await context.database();
    const job: StartJob = { kind: 'start', connection: database.connection, config: declared };
    const before = `PRAGMA max_page_count = ${pages}`;
    const outcome = expectClear(
      findings,
      await context.processes.run({ ...job, opener: 'host', before }),
      when,
    );
    if (outcome && failed(outcome)) findings.countFault();
    else if (outcome) findings.isWrong(`${when}: nothing says that the disk was full`);
    expectSuccess(findings, await context.processes.run(job), `the start after: ${when}`);
    await checkWhole(findings, database, 'empty', expected, when);
    await database.drop();
  }
}

async function fullDuringSync(context: Context, findings: Findings): Promise<void> {
  findings.countRound();
  const when = 'a disk that was full at a sync';
  const { state: expected } = await undisturbed(context, 'empty', { reload: changed });
  const database = await context.database();
  const job: StartJob = { kind: 'start', connection: database.connection, config: declared };
  expectSuccess(findings, await context.processes.run(job), `before ${when}`);
  const [row] = await database.send('PRAGMA page_count');
  const before = `PRAGMA max_page_count = ${Number(row?.['page_count'])}`;
  const large = manyEntries(100, () => ({ description: 'x'.repeat(1_000) }));
  const ending = await context.processes.run({ ...job, reload: large, before });
  const outcome = expectClear(findings, ending, when);
  if (outcome?.error) findings.countFault();
  else if (outcome) findings.isWrong(`${when}: nothing says that the disk was full`);
  expectSuccess(
    findings,
    await context.processes.run({ ...job, reload: changed }),
    `the sync after: ${when}`,
  );
  await checkWhole(findings, database, 'empty', expected, when);
}

async function pagesNeeded({ database: make, processes }: Context): Promise<number> {
  const database = await make();
  await processes.run({ kind: 'start', connection: database.connection, config: declared });
  const [row] = await database.send('PRAGMA page_count');
  return Number(row?.['page_count']);
}

/** Another program holds SQLite's file: a start waits for it as long as it was told, and then says so. */
import type { Context } from '../context';
import { declared } from '../declared';
import type { StartJob } from '../job';
import { expectClear, expectNoDeaths, expectSuccess, failed } from '../judge';
import type { Result } from '../result';
import { Findings } from '../result';
import { checkWhole, undisturbed } from '../whole';
import type { State } from '../whole';

const LIMIT_MS = 60_000;

export async function fileLocked(context: Context): Promise<Result> {
  const findings = new Findings();
  const { state: expected } = await undisturbed(context, 'empty');
  const begins = ['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'];
  await context.processes.warm(begins.length);
  await Promise.all(begins.map((begin) => heldForLong(context, findings, begin, expected)));
  for (const begin of begins) await heldForGood(context, findings, begin, expected);
  expectNoDeaths(findings, context.processes.takeDeaths());
  return findings.result;
}

/** Shorter than the default `lockTimeoutMs`: the start waits, and comes through. */
async function heldForLong(
  context: Context,
  findings: Findings,
  begin: string,
  expected: State,
): Promise<void> {
  const heldMs = context.short ? 500 : 20_000;
  const when = `${begin} held for ${heldMs} ms`;
  findings.countRound();
  findings.countFault();
  const database = await context.database();
  const release = await database.hold(begin);
  const job: StartJob = { kind: 'start', connection: database.connection, config: declared };
  const running = context.processes.run(job, { limitMs: LIMIT_MS });
  const timer = setTimeout(() => void release(), heldMs);
  const outcome = expectSuccess(findings, await running, when);
  clearTimeout(timer);
  await release();
  if (outcome && outcome.milliseconds < heldMs / 2) findings.isWrong(`${when}: it did not wait`);
  await checkWhole(findings, database, 'empty', expected, when);
}

async function heldForGood(
  context: Context,
  findings: Findings,
  begin: string,
  expected: State,
): Promise<void> {
  const when = `${begin} held for good`;
  findings.countRound();
  findings.countFault();
  const database = await context.database();
  const release = await database.hold(begin);
  const job: StartJob = {
    kind: 'start',
    // Nothing at all can be read under an exclusive lock, so the next query comes with the next start.
    opener: begin === 'BEGIN EXCLUSIVE' ? 'store' : 'host',
    // A driver that waits by itself adds that to each attempt.
    connection: { ...database.connection, timeout: 200 },
    config: declared,
    store: { lockTimeoutMs: 300 },
  };
  const outcome = expectClear(findings, await context.processes.run(job), when);
  if (outcome && !failed(outcome)) findings.isWrong(`${when}: nothing says that the file was locked`);
  await release();
  expectSuccess(findings, await context.processes.run(job), `the start after: ${when}`);
  await checkWhole(findings, database, 'empty', expected, when);
}

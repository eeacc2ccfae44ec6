/** Judges how a start or a sync under a fault ended: only an outcome that a person can act on is right. */
import type { Failure } from './in-every-job';
import type { StartOutcome } from './job';
import type { Ending } from './processes';
import type { Findings } from './result';

/** Says what is wrong with an ending that should have come through. */
export function expectSuccess(
  findings: Findings,
  ending: Ending<StartOutcome>,
  when: string,
): StartOutcome | undefined {
  const outcome = expectAnswer(findings, ending, when);
  if (!outcome) return undefined;
  const error = outcome.error ?? outcome.lastSync?.error;
  if (error) findings.isWrong(`${when}: failed with ${said(error)}`);
  return outcome;
}

/**
 * Says what is wrong with an ending that may fail: anything but success, a report or a `ConnectionsError`, and a pool
 * that is of no use afterwards.
 */
export function expectClear(
  findings: Findings,
  ending: Ending<StartOutcome>,
  when: string,
): StartOutcome | undefined {
  const outcome = expectAnswer(findings, ending, when);
  if (!outcome) return undefined;
  const { error, lastSync, nextQuery } = outcome;
  for (const failure of [error, lastSync?.error]) {
    if (failure && !isClear(failure))
      findings.isWrong(`${when}: an error that says little: ${said(failure)}`);
  }
  if (nextQuery) findings.isWrong(`${when}: the next query on the pool failed: ${said(nextQuery)}`);
  return outcome;
}

/** For a start that cannot even connect: the driver's own error will do, as long as it says something. */
export function expectAnyError(findings: Findings, ending: Ending<StartOutcome>, when: string): void {
  const outcome = expectAnswer(findings, ending, when);
  if (outcome && !outcome.error) findings.isWrong(`${when}: the start came through`);
  if (outcome?.error?.message === '') findings.isWrong(`${when}: an error without a word`);
}

/** Whether a start or its sync says that it failed. */
export function failed({ error, lastSync }: StartOutcome): boolean {
  return (error ?? lastSync?.error ?? null) !== null;
}

/** Errors that nobody listened to, told by the process's end after its answer. */
export function expectNoDeaths(findings: Findings, deaths: readonly string[]): void {
  for (const death of deaths) findings.isWrong(`a process ended by itself after its answer: ${death}`);
}

function said({ name, code, message }: Failure): string {
  return `${name}${code === null ? '' : ` ${code}`}: ${message}`;
}

function expectAnswer(
  findings: Findings,
  ending: Ending<StartOutcome>,
  when: string,
): StartOutcome | undefined {
  if (ending.how === 'answered') return ending.outcome;
  const why = ending.how === 'crashed' ? `: ${ending.why}` : '';
  findings.isWrong(
    `${when}: the process ${ending.how === 'hung' ? 'did not answer in time' : ending.how}${why}`,
  );
  return undefined;
}

function isClear({ name, code, message }: Failure): boolean {
  return name === 'ConnectionsError' && code !== null && message.length > 20;
}

/** Judges what callers were told who asked for access tokens. */
import type { AuthorizationServer } from '../setup/authorization-server';
import type { Row } from './databases/database';
import type { Findings } from './result';
import type { Told } from './token-job';

/** All of so many callers got one token, and the server takes it for one that lives. */
export async function expectSameToken(
  findings: Findings,
  server: AuthorizationServer,
  all: readonly Told[],
  callers: number,
  when: string,
): Promise<string | undefined> {
  for (const told of all) if (told.error) findings.isWrong(`${when}: ${saidOf(told)}`);
  const tokens = new Set(all.flatMap(({ accessToken }) => accessToken ?? []));
  const served = all.reduce((sum, told) => sum + (told.error ? 0 : told.callers), 0);
  if (served !== callers) findings.isWrong(`${when}: ${served} of ${callers} callers got a token`);
  if (tokens.size > 1) findings.isWrong(`${when}: the callers got ${tokens.size} different tokens`);
  const [token] = tokens;
  if (token !== undefined && !(await server.isLive(token))) findings.isWrong(`${when}: the token is dead`);
  return token;
}

/** A caller was told this code and got no token. */
export function expectCode(findings: Findings, told: Told, code: string, when: string): void {
  if (told.error?.code !== code) findings.isWrong(`${when}: expected ${code}, but ${saidOf(told)}`);
}

/** Nobody holds a claim on the row any more. */
export function expectFreeRow(findings: Findings, row: Row, when: string): void {
  if (row['lease_expires_at'] !== null) findings.isWrong(`${when}: the row is still claimed`);
  if (row['status'] !== 'active') findings.isWrong(`${when}: the row is marked as ${String(row['status'])}`);
}

function saidOf({ callers, error }: Told): string {
  const who = callers === 1 ? 'a caller' : `${callers} callers`;
  if (!error) return `${who} got a token`;
  return `${who} failed with ${error.code ?? error.name}: ${error.message}`;
}

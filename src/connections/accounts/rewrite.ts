/** Rows that are encrypted again: for another user or another name of a connection, or with the current key. */
import type { OptionChecks } from '../../options';
import { abortSignal, checkOptions } from '../../options';
import type { ReencryptOptions, ReencryptReport } from '../../tokens/reencrypt';
import { MOST_LISTED, reencryptTokens } from '../../tokens/reencrypt';
import { renameConnectionTokens, renameUserTokens } from '../../tokens/rename';
import type { Runtime } from '../runtime';

const reencryptChecks: OptionChecks<ReencryptOptions> = { signal: abortSignal };

/** @throws ConnectionsError `option_invalid` */
export function checkReencryptOptions(options: ReencryptOptions): void {
  checkOptions('reencrypt', options, reencryptChecks);
}

/** @returns the number of rows of tokens that were renamed */
export async function renameUser(
  { vault, states }: Runtime,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<number> {
  // The id may be another person's from now on: no flow that began under it brings tokens any more.
  return renameUserTokens(vault, from, to, states.ending({ userId: from }), signal);
}

/** @returns the number of rows of tokens that were renamed */
export async function renameConnection(
  { vault, states, registrations }: Runtime,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<number> {
  await states.endAll({ connectionName: from });
  // First, since the tokens are refreshed by these clients.
  await registrations.rewrites.rename(from, to);
  return renameConnectionTokens(vault, from, to, signal);
}

/** Tokens and registered clients, counted together. */
export async function reencrypt(
  { vault, registrations, legacy }: Runtime,
  signal: AbortSignal,
): Promise<ReencryptReport> {
  const tokens = await reencryptTokens(vault, legacy, { signal });
  legacy.warn(tokens.legacy);
  const clients = await registrations.rewrites.reencrypt();
  return {
    ...tokens,
    rewritten: tokens.rewritten + clients.rewritten,
    current: tokens.current + clients.current,
    skipped: tokens.skipped + clients.skipped,
    failed: tokens.failed + clients.failures.length,
    failures: [...tokens.failures, ...clients.failures].slice(0, MOST_LISTED),
  };
}

/** The health of an account. The row decides it, so that every process says the same, and says what `getAccessToken` does. */
import type { ConnectionDefinition } from '../config/definition';
import type { ListedToken, Trouble } from '../tokens/listed-token';
import { keyStartsIn, troubleIn } from '../tokens/listed-token';
import type { AccountHealth } from './options';
import type { standingByDeclaration } from './token-use';
import { doubtOf, reasonOf } from './token-use';

/** What only this process knows. */
export interface ProcessKnowledge {
  /** Whether it has the key of a token, as far as the beginning of the ciphertext tells. */
  readonly hasKeyOf: (start: string) => boolean;
  /** When it will ask the provider of these tokens again; null where it may ask now. */
  readonly retryAt: (tokens: Pick<Trouble, 'id'> & Pick<ListedToken, 'generation'>) => Date | null;
}

/** @param standing of the row, by its declaration */
export function accountHealth(
  row: ListedToken,
  definition: ConnectionDefinition,
  { isUsable, canRefresh }: ReturnType<typeof standingByDeclaration>,
  process: ProcessKnowledge,
): AccountHealth {
  if (!isUsable && !canRefresh) return again(reasonOf(row, definition));
  const { access, refresh } = keyStartsIn(row);
  if (!process.hasKeyOf(isUsable ? access : refresh)) return { status: 'key_missing' };
  const { id, isRejected, isRejectedLately, failingSince } = troubleIn(row);
  const wantsAnother = !isUsable || (isRejected && !isRejectedLately);
  const doubt = doubtOf(row);
  if (wantsAnother && doubt !== null) return again(doubt);
  if (!canRefresh) return isRejected ? again(reasonOf(row, definition, true)) : CONNECTED;
  if (wantsAnother && failingSince !== null) {
    const retryAt = process.retryAt({ id, generation: row.generation });
    return { status: 'provider_unavailable', since: instantOf(failingSince), retryAt };
  }
  return isRejected ? { status: 'token_refused' } : CONNECTED;
}

const CONNECTED: AccountHealth = { status: 'connected' };

function again(reason: ReturnType<typeof reasonOf>): AccountHealth {
  return { status: 'reauthorization_required', reason };
}

/** Text that is not a date counts as long past, as it does for a refresh. */
export function instantOf(text: string): Date {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

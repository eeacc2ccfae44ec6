/** Stores imported tokens, over nothing or over what the host says they may replace. */
import { randomUUID } from 'node:crypto';
import type { ConnectionDefinition } from '../config/definition';
import { toInstant } from '../entities/instant';
import type { IssuedTokens } from '../oauth/token-answer';
import type { AccountRef } from '../tokens/account-ref';
import { putTokens } from '../tokens/put';
import type { TokenVault } from '../tokens/vault';
import { declaredUnder, oauthOf } from './provider';

export interface ImportOptions {
  readonly account?: string | undefined;
  readonly replaceSavedBefore?: Date | undefined;
}

/**
 * @returns false when the account has tokens that may not be replaced
 * @throws ConnectionsError `account_taken`, `tokens_invalid`, or an error of the database
 */
export async function importInto(
  { rows, seal }: TokenVault,
  ref: AccountRef,
  tokens: IssuedTokens,
  definition: ConnectionDefinition,
  { replaceSavedBefore }: ImportOptions,
): Promise<boolean> {
  const limit = replaceSavedBefore && toInstant(replaceSavedBefore);
  const { outcome, error } = await putTokens(rows, {
    ref,
    values: await seal.close(ref, tokens, declaredUnder(definition), oauthOf(definition).scopes.join(' ')),
    grant: { id: randomUUID(), at: null },
    before: await rows.read(ref),
    mayReplace: (row) => limit !== undefined && (row.updatedAt < limit || row.status !== 'active'),
    // What is not certain to be stored is for the host to import again.
    forMs: 0,
  });
  if (outcome === 'failed') throw error;
  return outcome === 'put';
}

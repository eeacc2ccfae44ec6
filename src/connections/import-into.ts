/** Stores imported tokens of one account, over nothing or over what the host says they may replace. */
import { randomUUID } from 'node:crypto';
import type { ConnectionDefinition } from '../config/definition';
import { toInstant } from '../entities/instant';
import type { IssuedTokens } from '../oauth/token-answer';
import type { AccountRef } from '../tokens/account-ref';
import { putTokens } from '../tokens/put';
import type { Grant, ServedToken, TokenValues } from '../tokens/token-row';
import type { TokenVault } from '../tokens/vault';
import type { ImportOptions } from './options';
import { declaredUnder, oauthOf } from './provider';

/** Tokens that are encrypted for their row. */
export interface SealedImport {
  readonly ref: AccountRef;
  readonly values: TokenValues;
  readonly grant: Grant;
  readonly mayReplace: (row: Pick<ServedToken, 'updatedAt' | 'status'>) => boolean;
}

/** @throws ConnectionsError `tokens_invalid` or `connection_not_oauth` */
export async function sealImport(
  { seal }: Pick<TokenVault, 'seal'>,
  ref: AccountRef,
  tokens: IssuedTokens,
  definition: ConnectionDefinition,
  { replaceSavedBefore }: ImportOptions,
): Promise<SealedImport> {
  const limit = replaceSavedBefore && toInstant(replaceSavedBefore);
  const scopes = oauthOf(definition).scopes.join(' ');
  return {
    ref,
    values: await seal.close(ref, tokens, declaredUnder(definition), scopes),
    grant: { id: randomUUID(), at: null },
    mayReplace: (row) => limit !== undefined && (row.updatedAt < limit || row.status !== 'active'),
  };
}

/**
 * @returns false when the account has tokens that may not be replaced
 * @throws ConnectionsError `account_taken`, or an error of the database
 */
export async function importInto(
  { rows }: Pick<TokenVault, 'rows'>,
  { ref, values, grant, mayReplace }: SealedImport,
): Promise<boolean> {
  const before = await rows.read(ref);
  // An attempt whose answer was lost has stored them.
  if (before?.grantId === grant.id) return true;
  // What is not certain to be stored is for the host to import again.
  const { outcome, error } = await putTokens(rows, { ref, values, grant, before, mayReplace, forMs: 0 });
  if (outcome === 'failed') throw error;
  return outcome === 'put';
}

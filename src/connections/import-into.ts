/** Stores imported tokens of one account, over nothing or over what the host says they may replace. */
import { randomUUID } from 'node:crypto';
import type { ConnectionDefinition } from '../config/definition';
import { toInstant } from '../entities/instant';
import type { IssuedTokens } from '../oauth/token-answer';
import type { AccountRef } from '../tokens/account-ref';
import { putTokens } from '../tokens/put';
import type { Grant, ServedToken, TokenValues } from '../tokens/token-row';
import { requireFit } from '../tokens/token-seal';
import type { TokenVault } from '../tokens/vault';
import type { ImportOptions } from './options';
import { declaredUnder, oauthOf } from './provider';

/** Tokens of an account, and when they may be stored. */
export interface CheckedImport {
  readonly ref: AccountRef;
  readonly tokens: IssuedTokens;
  readonly definition: ConnectionDefinition;
  readonly scopes: string;
  readonly mayReplace: (row: Pick<ServedToken, 'updatedAt' | 'status'>) => boolean;
}

/** Tokens that are encrypted for their row. */
export interface SealedImport extends Pick<CheckedImport, 'ref' | 'mayReplace'> {
  readonly values: TokenValues;
  readonly grant: Grant;
}

/** @throws ConnectionsError `connection_not_oauth`, or `tokens_invalid` for a token that is too long for its column */
export function checkImport(
  ref: AccountRef,
  tokens: IssuedTokens,
  definition: ConnectionDefinition,
  { replaceSavedBefore }: ImportOptions,
): CheckedImport {
  const limit = replaceSavedBefore && toInstant(replaceSavedBefore);
  requireFit(tokens);
  return {
    ref,
    tokens,
    definition,
    scopes: oauthOf(definition).scopes.join(' '),
    mayReplace: (row) => limit !== undefined && (row.updatedAt < limit || row.status !== 'active'),
  };
}

export async function sealImport(
  { seal }: Pick<TokenVault, 'seal'>,
  { ref, tokens, definition, scopes, mayReplace }: CheckedImport,
): Promise<SealedImport> {
  const values = await seal.close(ref, tokens, declaredUnder(definition), scopes);
  return { ref, values, grant: { id: randomUUID(), at: null }, mayReplace };
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

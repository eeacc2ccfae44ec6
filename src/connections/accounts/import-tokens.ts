/** Tokens of one account that another program obtained: checked, encrypted, and stored over nothing or over what they may replace. */
import { randomUUID } from 'node:crypto';
import type { JsonObject, ConnectionDefinition, OAuthConnection } from '../../config/definition';
import { isPlainObject } from '../../config/json';
import { toInstant } from '../../entities/instant';
import { ConnectionsError, quote } from '../../errors';
import { type IssuedTokens, isBearer } from '../../oauth/token-answer';
import { type OptionChecks, anything, checkOptions } from '../../options';
import { suggester } from '../../suggest';
import type { AccountRef } from '../../tokens/account-ref';
import { putTokens } from '../../tokens/put';
import type { Grant, ServedToken, TokenValues } from '../../tokens/token-row';
import { requireFit } from '../../tokens/token-seal';
import type { TokenVault } from '../../tokens/vault';
import { notBearer } from '../access/errors';
import { declaredUnder, requireOAuth } from '../provider/oauth-connection';

/** Tokens that another program obtained. */
export interface ImportedTokens {
  /** RFC 6749 section 1.4. */
  readonly accessToken: string;
  /** RFC 6749 section 1.5; default none. */
  readonly refreshToken?: string | null | undefined;
  /** When the access token expires; default never. */
  readonly expiresAt?: Date | null | undefined;
  /** As granted; default: as the connection declares them. */
  readonly scopes?: readonly string[] | undefined;
  /** RFC 6749 section 7.1; default none. */
  readonly tokenType?: string | null | undefined;
  /** Stored beside the tokens in clear, so never a secret; default nothing. */
  readonly providerMetadata?: JsonObject | undefined;
}

/** Options of `importTokens`. */
export interface ImportOptions {
  /** Which of the user's accounts, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /** Tokens that were last saved before this instant are replaced; default none. */
  readonly replaceSavedBefore?: Date | undefined;
}

const importChecks: OptionChecks<ImportOptions> = {
  account: anything,
  replaceSavedBefore: (value) =>
    value instanceof Date && Number.isFinite(value.getTime()) ? undefined : 'a valid Date',
};

/** @throws ConnectionsError `option_invalid` */
export function checkImportOptions(options: ImportOptions): void {
  checkOptions('importTokens', options, importChecks);
}

/** Tokens of an account, and when they may be stored. */
export interface CheckedImport {
  readonly ref: AccountRef;
  readonly tokens: IssuedTokens;
  readonly definition: OAuthConnection;
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
    definition: requireOAuth(definition),
    mayReplace: (row) => limit !== undefined && (row.updatedAt < limit || row.status !== 'active'),
  };
}

export async function sealImport(
  { seal }: Pick<TokenVault, 'seal'>,
  { ref, tokens, definition, mayReplace }: CheckedImport,
): Promise<SealedImport> {
  const values = await seal.close(ref, tokens, declaredUnder(definition), definition.oauth.scopes.join(' '));
  return { ref, values, grant: { id: randomUUID(), at: null }, mayReplace };
}

/**
 * @returns false when the account has tokens that may not be replaced
 * @throws ConnectionsError `account_taken`, or an error of the database
 */
export async function storeImport(
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

/** @throws ConnectionsError `tokens_invalid`, which shows no part of a token */
export function readTokens(given: ImportedTokens, ref: AccountRef): IssuedTokens {
  if (!isPlainObject(given)) throw invalidTokens('The tokens must be an object with `accessToken`.');
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  // A refresh token under another name would be lost without a word.
  if (unknown !== undefined) throw unknownField(unknown);
  const { accessToken, refreshToken, expiresAt, scopes, tokenType, providerMetadata } = given;
  if (!isText(accessToken)) throw invalid('accessToken', 'a text that is not empty');
  if (!isAbsent(refreshToken) && !isText(refreshToken))
    throw invalid('refreshToken', 'a text that is not empty');
  if (!isAbsent(expiresAt) && !(expiresAt instanceof Date && Number.isFinite(expiresAt.getTime()))) {
    throw invalid('expiresAt', 'a valid Date');
  }
  if (!isAbsent(scopes) && !(Array.isArray(scopes) && scopes.every(isScope))) {
    throw invalid('scopes', 'a list of texts without white space');
  }
  if (!isAbsent(tokenType) && !isText(tokenType)) throw invalid('tokenType', 'a text that is not empty');
  if (!isAbsent(providerMetadata) && !isJson(providerMetadata))
    throw invalid('providerMetadata', 'an object that can be written as JSON');
  const bearer = { accessToken, tokenType: tokenType ?? null };
  if (!isBearer(bearer)) throw notBearer(ref, bearer, 'host');
  return {
    ...bearer,
    refreshToken: refreshToken ?? undefined,
    scopes: scopes ?? undefined,
    expiresAt: expiresAt ?? null,
    providerMetadata: providerMetadata ?? undefined,
  };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isScope(value: unknown): boolean {
  return isText(value) && !/[\s\p{Cc}]/u.test(value);
}

function isJson(value: unknown): boolean {
  try {
    return isPlainObject(value) && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

const FIELDS = Object.keys({
  accessToken: 0,
  refreshToken: 0,
  expiresAt: 0,
  scopes: 0,
  tokenType: 0,
  providerMetadata: 0,
} satisfies Record<keyof ImportedTokens, 0>);

function unknownField(name: string): ConnectionsError {
  const meant = suggester(FIELDS)(name);
  const hint = meant === undefined ? `They have ${FIELDS.join(', ')}.` : `Did you mean \`${meant}\`?`;
  return invalidTokens(`The tokens have an unknown field ${quote(name)}. ${hint}`);
}

function invalid(field: string, expected: string): ConnectionsError {
  return invalidTokens(`\`${field}\` must be ${expected}.`);
}

function invalidTokens(message: string): ConnectionsError {
  return new ConnectionsError('tokens_invalid', `${message} Nothing was stored.`);
}

/** Checks the tokens that a host imports, before anything is stored. */
import { isPlainObject } from '../config/json';
import { ConnectionsError, quote } from '../errors';
import type { IssuedTokens } from '../oauth/token-answer';
import { isBearer } from '../oauth/token-answer';
import { suggester } from '../suggest';
import type { AccountRef } from '../tokens/account-ref';
import type { ImportedTokens } from './options';
import { notBearer } from './outcome-error';

/** @throws ConnectionsError `tokens_invalid`, which shows no part of a token */
export function importedTokens(given: ImportedTokens, ref: AccountRef): IssuedTokens {
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

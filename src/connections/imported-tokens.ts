/** Tokens that a host brings, checked before anything is stored. */
import { isPlainObject } from '../config/plain-object';
import { ConnectionsError } from '../errors';
import type { IssuedTokens } from '../oauth/token-answer';
import type { ImportedTokens } from './options';

/** @throws ConnectionsError `tokens_invalid`, which shows no part of a token */
export function importedTokens(given: ImportedTokens): IssuedTokens {
  const { accessToken, refreshToken, expiresAt, scopes, tokenType, providerMetadata } = given;
  if (!isText(accessToken)) throw invalid('accessToken', 'a text that is not empty');
  if (!isAbsent(refreshToken) && !isText(refreshToken))
    throw invalid('refreshToken', 'a text that is not empty');
  if (!isAbsent(expiresAt) && !(expiresAt instanceof Date && Number.isFinite(expiresAt.getTime()))) {
    throw invalid('expiresAt', 'a valid Date');
  }
  if (
    !isAbsent(scopes) &&
    !(Array.isArray(scopes) && scopes.every((scope) => isText(scope) && !/\s/.test(scope)))
  ) {
    throw invalid('scopes', 'a list of texts without white space');
  }
  if (!isAbsent(tokenType) && !isText(tokenType)) throw invalid('tokenType', 'a text that is not empty');
  if (!isAbsent(providerMetadata) && !isPlainObject(providerMetadata))
    throw invalid('providerMetadata', 'an object');
  return {
    accessToken,
    refreshToken: refreshToken ?? undefined,
    tokenType: tokenType ?? null,
    scopes,
    expiresAt: expiresAt ?? null,
    providerMetadata,
  };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function invalid(field: string, expected: string): ConnectionsError {
  return new ConnectionsError('tokens_invalid', `\`${field}\` must be ${expected}. Nothing was stored.`);
}

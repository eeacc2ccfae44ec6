/** The errors that tell a caller why there is no access token, and what to do about it. */
import type { ReauthorizationReason } from '../../error-codes';
import { ConnectionsError, quote } from '../../errors';
import type { IssuedTokens, TokenAnswer } from '../../oauth/token-answer';
import { isBearer } from '../../oauth/token-answer';
import type { AccountRef } from '../../tokens/account-ref';
import { detailsOf } from '../../tokens/account-ref';
import { providerRefused } from '../provider/refusal';

const because: Readonly<Record<ReauthorizationReason, string>> = {
  invalid_grant: 'the provider has ended the grant (invalid_grant)',
  refused:
    'the provider refuses to refresh the tokens, as it did an hour ago and before; if connecting again fails, too, an operator ' +
    'has to follow the advice of the latest `refresh_failed` event',
  client_forgotten:
    'the authorization server refuses the client that it had registered, which the tokens were issued to',
  expired: 'the access token has expired and there is no refresh token',
  rejected: 'the API rejected the access token and there is no refresh token',
  token_unusable: 'the provider issued an access token that cannot be sent as a Bearer token',
  configuration_changed:
    'the tokens were issued for another client, server or set of scopes than are declared now',
};

/** @param text as a row has it, which another program may have written */
export function isReason(text: string | null): text is ReauthorizationReason {
  return text !== null && Object.hasOwn(because, text);
}

export function notConnected({ connectionName, account }: AccountRef): ConnectionsError {
  return new ConnectionsError(
    'not_connected',
    `The user has no tokens for connection ${quote(connectionName)}, account ${quote(account)}. Let the user connect.`,
    { connectionName, account },
  );
}

export function reauthorizationRequired(
  { connectionName, account }: AccountRef,
  reason: ReauthorizationReason,
): ConnectionsError {
  return new ConnectionsError(
    'reauthorization_required',
    `The user has to connect again to ${quote(connectionName)}, account ${quote(account)}: ${because[reason]}. ` +
      'The row is kept.',
    { connectionName, account, reason },
  );
}

export function tokenRefused({ connectionName, account }: AccountRef): ConnectionsError {
  return new ConnectionsError(
    'token_refused',
    `The API of connection ${quote(connectionName)} answers 401 to the token of the user, and again after it was refreshed. Check that ` +
      'this API takes tokens of this provider: `url`, `api_origins`, `scopes` and `resource` of the declaration, and `origins` of ' +
      'the call. If it does, let the user connect again.',
    { connectionName, account },
  );
}

/**
 * @param answer of the provider; null when another process's request took too long
 * @param retryAt when this process asks again
 */
export function refreshFailed(
  ref: AccountRef,
  answer: TokenAnswer | null,
  retryAt: Date | null,
): ConnectionsError {
  if (answer?.kind === 'misconfigured') {
    return answer.isClientForgotten
      ? reauthorizationRequired(ref, 'client_forgotten')
      : providerRefused(ref, answer, 'refresh');
  }
  return new ConnectionsError(
    'provider_unavailable',
    `There is no valid access token for connection ${quote(ref.connectionName)}: the provider did not answer in time, or with ` +
      'neither tokens nor an error that OAuth defines. The stored tokens are kept. Try again later. If it happens every time, check ' +
      '`token_url`, `token_path` and `error_path`.',
    { ...detailsOf(ref), retryAt },
  );
}

/**
 * Only its type is shown: no part of a token is.
 * @param from who gave the tokens
 */
export function notBearer(
  { connectionName, account }: Pick<AccountRef, 'connectionName' | 'account'>,
  tokens: Pick<IssuedTokens, 'accessToken' | 'tokenType'>,
  from: 'provider' | 'host',
): ConnectionsError {
  const { tokenType } = tokens;
  const isOtherType = !isBearer({ accessToken: 'at', tokenType });
  const why = isOtherType
    ? `its type is ${quote(tokenType)}`
    : 'it has characters that no access token may have, such as control characters (RFC 6749 appendix A.12)';
  const atProvider = isOtherType
    ? 'Have the provider issue Bearer tokens to this client, then let the user connect again'
    : 'Check `token_url` and `token_path` of the connection, and ask the provider, then let the user connect again';
  const atHost = `Check what was given as \`${isOtherType ? 'tokenType' : 'accessToken'}\``;
  return new ConnectionsError(
    'tokens_invalid',
    `The access token for connection ${quote(connectionName)} cannot be sent as a Bearer token: ${why}. Nothing was stored. ` +
      `${from === 'provider' ? atProvider : atHost}.`,
    { connectionName, account },
  );
}

/** For a caller that comes too soon after a failure. */
export function stillWaiting(
  { connectionName, account }: AccountRef,
  { error, until }: { readonly error: Error; readonly until: Date },
): Error {
  if (error instanceof ConnectionsError && error.code !== 'provider_unavailable') return error;
  return new ConnectionsError(
    'provider_unavailable',
    `There is no valid access token for connection ${quote(connectionName)}, and its provider failed a moment ago. The ` +
      `stored tokens are kept. The provider is asked again from ${until.toISOString()} on.`,
    { connectionName, account, retryAt: until },
  );
}

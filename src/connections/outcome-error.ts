/** The errors in which callers are told that there is no token for them, and what to do about it. */
import { ConnectionsError, quote } from '../errors';
import type { TokenAnswer } from '../oauth/token-answer';
import type { AccountRef } from '../tokens/account-ref';

export type ReauthorizationReason = 'invalid_grant' | 'expired' | 'rejected' | 'configuration_changed';

const because: Readonly<Record<ReauthorizationReason, string>> = {
  invalid_grant: 'the provider has ended the grant (invalid_grant)',
  expired: 'the access token has expired and there is no refresh token',
  rejected: 'the API has refused the access token and there is no refresh token',
  configuration_changed:
    'the tokens were issued for another client, server or set of scopes than are declared now',
};

export function notConnected({ connectionName, account }: AccountRef): ConnectionsError {
  return new ConnectionsError(
    'not_connected',
    `The user has no tokens for connection ${quote(connectionName)}, account ${quote(account)}. Let the user connect.`,
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
  );
}

/** @param answer of the provider; null when somebody else's request is awaited for too long */
export function refreshFailed(
  { connectionName }: AccountRef,
  answer: Extract<TokenAnswer, { kind: 'transient' | 'misconfigured' }> | null,
): ConnectionsError {
  const name = quote(connectionName);
  if (answer?.kind === 'misconfigured') {
    return new ConnectionsError(
      'provider_refused',
      `The provider of connection ${name} refuses to renew a token: ${answer.error}. The tokens are kept. Check the ` +
        'client id, the client secret and `token_url` of the connection.',
    );
  }
  return new ConnectionsError(
    'provider_unavailable',
    `There is no access token to serve for connection ${name}: the provider did not renew it in time. The tokens that ` +
      'are stored are kept: try again in a while.',
  );
}

/** What a caller is told who comes too early after a failure. */
export function stillWaiting(
  { connectionName }: AccountRef,
  { error, until }: { readonly error: Error; readonly until: Date },
): Error {
  if (error instanceof ConnectionsError && error.code !== 'provider_unavailable') return error;
  return new ConnectionsError(
    'provider_unavailable',
    `There is no access token to serve for connection ${quote(connectionName)}, and its provider failed a moment ago. The ` +
      `tokens that are stored are kept: it is asked again from ${until.toISOString()} on.`,
  );
}

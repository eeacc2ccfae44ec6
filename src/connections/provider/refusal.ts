/** What a refusal of a token endpoint means, and what an operator can change about it: an advice for each kind. */
import { ConnectionsError, quote } from '../../errors';
import type { TokenAnswer } from '../../oauth/token-answer';
import type { Refusal } from '../../oauth/token-errors';
import type { AccountRef } from '../../tokens/account-ref';

interface Advice {
  /** Follows "The provider of connection ...". */
  readonly what: string;
  /** After the exchange of a code. */
  readonly code: string;
  /** After a refresh; default as after the exchange of a code. */
  readonly refresh?: string;
}

const CLIENT =
  'Check `client_id` and the client secret. If both are right, declare another `token_endpoint_auth_method`: ' +
  '`client_secret_post`, `client_secret_basic`, or `client_secret_basic_raw` for a server that does not decode Basic';

const RESOURCE = 'Correct `resource`, or declare `"resource": "off"` to send none.';

const FORMAT = 'Check `token_request_format`: some read only JSON, and most only forms.';

const NOT_FOLLOWED = 'They are not sent elsewhere, because they hold secrets.';

const LOOK_UP =
  'Look up what the provider documents. If its error code is elsewhere in the response, declare `error_path`; if it means that';

const FIREWALL =
  'A firewall or a gateway before it may have done so. If it happens every time, check `token_url`; if the response has an ' +
  'error code elsewhere, declare `error_path`';

const MOVED = 'Users then have to connect again.';

const advices: Readonly<Record<Refusal, Advice>> = {
  invalid_client: {
    what: 'does not accept the client (invalid_client)',
    code: `${CLIENT}; or \`"pkce": "off"\` for one that takes PKCE only from clients without a secret.`,
    refresh: `${CLIENT}.`,
  },
  unauthorized_client: {
    what: 'does not let this client ask for tokens (unauthorized_client)',
    code: 'Allow the client the grant types `authorization_code` and `refresh_token` at the provider.',
    refresh:
      'Allow the client the grant type `refresh_token` at the provider. If the provider says so of refresh tokens that have ' +
      'ended, declare `"grant_ended_errors": ["unauthorized_client"]`.',
  },
  invalid_scope: {
    what: 'does not accept the scopes (invalid_scope)',
    code: 'Correct `scopes`. If they are right, check `scope_separator`, and a `scope` in `token_params`.',
    refresh:
      'Declare `"refresh_scope": "omit"` to send none with a refresh, or `"requested"` to send all that were asked for.',
  },
  invalid_target: {
    what: 'does not accept the resource (invalid_target)',
    code: RESOURCE,
    refresh: `${RESOURCE} Users whose tokens are for a declared one then have to connect again.`,
  },
  unsupported_grant_type: {
    what: 'does not find a grant type that it supports in the request (unsupported_grant_type)',
    code: `${FORMAT} If it is right, correct \`token_url\`.`,
    refresh: `${FORMAT} If it is right, declare \`refresh_url\`. ${MOVED}`,
  },
  invalid_request: {
    what: 'does not accept the request (invalid_request)',
    code:
      'Compare `token_params`, `token_request_format`, `token_endpoint_auth_method`, `redirect_uri`, `pkce` and `resource` with ' +
      'what the provider documents.',
    refresh:
      'Compare `refresh_params`, `refresh_scope`, `token_request_format`, `token_endpoint_auth_method` and `resource` with what ' +
      'the provider documents.',
  },
  unknown_error: {
    what: 'answered with an error code that no RFC defines',
    code: `${LOOK_UP} the code is not valid any more, declare it in \`grant_ended_errors\`.`,
    refresh: `${LOOK_UP} the refresh token is not valid any more, declare it in \`grant_ended_errors\`.`,
  },
  no_error: {
    what: 'answered without an error code',
    code: `${FIREWALL}.`,
    refresh: `${FIREWALL}, and if that means that the refresh token is not valid any more, declare it in \`grant_ended_errors\`, too.`,
  },
  not_found: {
    what: 'has no token endpoint at this address',
    code: 'Correct `token_url`.',
    refresh: `Correct \`token_url\`, or declare \`refresh_url\` if tokens are refreshed elsewhere. ${MOVED}`,
  },
  redirect: {
    what: 'redirects requests for tokens',
    code: `${NOT_FOLLOWED} Declare the address to which it redirects as \`token_url\`.`,
    refresh: `${NOT_FOLLOWED} Declare the address to which it redirects as \`token_url\`, or as \`refresh_url\` for refreshes alone. ${MOVED}`,
  },
  not_sent: {
    what: 'was not asked, because the request could not be made',
    code: 'The `cause` of this error says why.',
  },
};

/**
 * What is wrong stays wrong until an operator fixes it: in the declaration, at the secret, or at the provider.
 * @param asked what the request was for
 */
export function providerRefused(
  { connectionName, account }: Pick<AccountRef, 'connectionName' | 'account'>,
  { error, status, cause }: Extract<TokenAnswer, { kind: 'misconfigured' }>,
  asked: 'code' | 'refresh',
): ConnectionsError {
  const details = { connectionName, account };
  if (cause instanceof ConnectionsError)
    return new ConnectionsError(cause.code, cause.message, { ...details, cause: cause.cause });
  const { what, code, refresh = code } = advices[error];
  const shown = status === undefined ? what : `${what}, status ${status}`;
  const [outcome, remedy] =
    asked === 'code'
      ? ['Nothing was stored.', `${code} Then let the user begin again.`]
      : ['Stored tokens are kept.', refresh];
  return new ConnectionsError(
    'provider_refused',
    `The provider of connection ${quote(connectionName)} ${shown}. ${outcome} ${remedy}`,
    { ...details, cause },
  );
}

/** The errors that end a flow: why, and what the user or an operator can do. The state is used up, so each begins again. */
import { ConnectionsError, quote } from '../../errors';
import type { Callback } from '../../oauth/callback';
import type { TokenAnswer } from '../../oauth/token-answer';
import { providerRefused } from '../provider/refusal';
import type { FlowState } from './state-rows';

/** @param boundTo what the flow is bound to; null where it is not there */
export function stateUnknown(boundTo: 'user' | 'browser' | null): ConnectionsError {
  return new ConnectionsError(
    'state_unknown',
    'This authorization is not known: it was completed before, is older than ten minutes, was ended by a disconnect or a ' +
      'rename, or belongs to another user or browser. Let the user begin again. A flow that is bound to a browser needs its `browserBinding`.',
    boundTo === null ? {} : { boundTo },
  );
}

/** @param isRevoked whether the provider has revoked the new tokens */
export function endedMeanwhile({ connectionName }: FlowState, isRevoked: boolean): ConnectionsError {
  return new ConnectionsError(
    'state_unknown',
    `The authorization of connection ${quote(connectionName)} was ended while the provider was asked: the user was disconnected, ` +
      'renamed or forgotten, or has begun many others. No tokens of it are stored' +
      `${isRevoked ? ', and the new ones were revoked' : ''}. Let the user begin again.`,
  );
}

/** The database failed while it committed, and went on failing. */
export function notCertain({ connectionName }: FlowState, error: unknown): ConnectionsError {
  return new ConnectionsError(
    'database_failed',
    `The tokens of connection ${quote(connectionName)} may have been stored, and may not: the answer to their commit was lost, and the ` +
      'database has failed since. When it works again, `list` says whether the user has to begin again.',
    { cause: error },
  );
}

/** @param arrived of the request; its query has the code, and is not shown */
export function wrongPath(connectionName: string, arrived: URL, redirectUri: string): ConnectionsError {
  const expected = new URL(redirectUri);
  return new ConnectionsError(
    'redirect_uri_mismatch',
    `The callback for connection ${quote(connectionName)} arrived at ${quote(arrived.pathname, 200)}, and the user was sent to ` +
      `${quote(expected.pathname, 200)}. The code was not sent anywhere. Let the user begin again. If it happens every time, ` +
      'pass the whole URL of the request to `complete` (in Express `request.originalUrl`), or the option `connectionName` if your ' +
      'route knows it.',
  );
}

export function wrongRoute(connectionName: string, routeName: string): ConnectionsError {
  return new ConnectionsError(
    'redirect_uri_mismatch',
    `The callback for connection ${quote(connectionName)} arrived on the route of ${quote(routeName)}. The code was not sent ` +
      'anywhere. Let the user begin again. If it happens every time, check what you pass as `connectionName`.',
  );
}

export function wrongIssuer(flow: FlowState, { issuer }: Callback): ConnectionsError {
  const name = quote(flow.connectionName);
  const own = flow.issuer === null ? 'another server' : quote(flow.issuer, 200);
  const [what, remedy] =
    issuer === null
      ? [
          `names no issuer, although ${own} announces that it does`,
          'check that your router and proxy keep the parameter `iss`',
        ]
      : [
          `names the issuer ${quote(issuer, 200)}, and the user was sent to ${own}`,
          `${flow.issuer === null ? 'declare' : 'correct'} \`issuer\` in the declaration, or ask the operator of the server`,
        ];
  return new ConnectionsError(
    'issuer_mismatch',
    `The callback for connection ${name} ${what} (RFC 9207). The code was not sent anywhere. Let the user begin again. If it ` +
      `happens every time, ${remedy}.`,
  );
}

/** @param description the provider's own words; null if it gave none */
export function callbackRefused(
  flow: FlowState,
  error: string,
  description: string | null,
): ConnectionsError {
  const name = quote(flow.connectionName);
  if (error === 'access_denied') {
    return new ConnectionsError(
      'authorization_denied',
      `The user did not allow connection ${name} at the provider. Nothing was stored. The user may begin again.`,
    );
  }
  const words = description === null ? '' : `, ${quote(description, 200)}`;
  return new ConnectionsError(
    'authorization_failed',
    `The provider of connection ${name} answered ${quote(error)}${words}. Nothing was stored. Let the user begin again. If it ` +
      `happens every time, ${HELP.get(error) ?? OTHER_HELP}.`,
  );
}

/** What helps against an error that the callback has again and again (RFC 6749 section 4.1.2.1, RFC 8707 section 2). */
const HELP: ReadonlyMap<string, string> = new Map([
  ['invalid_request', 'compare `authorize_params`, `pkce` and `resource` with what the provider documents'],
  ['unauthorized_client', 'allow the client the grant type `authorization_code` at the provider'],
  [
    'invalid_scope',
    'correct `scopes`, declared or given to `authorize`, or `scope_separator`; those that the account had before are ' +
      'asked for again until it is disconnected',
  ],
  ['invalid_target', 'correct `resource`, or declare `"resource": "off"` to send none'],
]);

const OTHER_HELP = 'compare the redirect URI and the scopes with what is registered there';

export function codeMissing(flow: FlowState): ConnectionsError {
  return new ConnectionsError(
    'callback_invalid',
    `The callback for connection ${quote(flow.connectionName)} has neither a code nor an error. Let the user begin again.`,
  );
}

export function connectionChanged(flow: FlowState): ConnectionsError {
  return new ConnectionsError(
    'connection_changed',
    `The declaration of connection ${quote(flow.connectionName)} changed while the user was at the provider. Let the user ` +
      'begin again.',
  );
}

export function notExchanged(
  flow: FlowState,
  answer: Exclude<TokenAnswer, { kind: 'tokens' }>,
): ConnectionsError {
  const name = quote(flow.connectionName);
  switch (answer.kind) {
    case 'transient':
      return new ConnectionsError(
        'provider_unavailable',
        `The provider of connection ${name} did not exchange the code for tokens: it did not answer in time, or with neither ` +
          'tokens nor an error that OAuth defines. Let the user begin again. If it happens every time, check `token_url`, ' +
          '`token_path` and `error_path`.',
      );
    case 'invalid_grant':
      return new ConnectionsError(
        'authorization_failed',
        `The provider of connection ${name} does not accept the code (invalid_grant): it has expired, was used before, or ` +
          'belongs to another redirect URI. Let the user begin again. If it happens every time, compare `redirect_uri` with what ' +
          'is registered there, and check `pkce`.',
      );
    default:
      return providerRefused(flow, answer, 'code');
  }
}

/**
 * The server has forgotten a registered client, or has never accepted it.
 * @param isReplaced whether the next flow gets another client
 */
export function clientRefused({ connectionName }: FlowState, isReplaced: boolean): ConnectionsError {
  const next = isReplaced
    ? 'another one is registered'
    : 'later if its operator has to approve it first, or with `newClient` if the server has lost it again';
  return new ConnectionsError(
    'authorization_failed',
    `The provider of connection ${quote(connectionName)} refuses the client that it has registered. Let the user begin again: ` +
      `${next}. If it happens every time, declare another \`token_endpoint_auth_method\`, such as ` +
      '`client_secret_basic_raw` for a server that does not decode Basic; or register a client there by hand and declare its ' +
      '`client_id`, and `issuer` if it has a secret.',
  );
}

/** The field that says how a client proves itself: servers that take one way only. */
import type { SentRequest } from '../../setup/provider-journey';
import type { Quirk } from './quirk';
import { notConnected, onlyIf, SECRET, works } from './quirk';

const hasCredentials = ({ body }: SentRequest) => 'client_id' in body || 'client_secret' in body;
const refused = notConnected('provider_refused');

/** RFC 6749 section 2.3: one method in a request. */
const inHeaderOnly = (request: SentRequest, credentials: string) =>
  onlyIf(
    request.headers['authorization'] === `Basic ${credentials}` && !hasCredentials(request),
    request,
    'invalid_client',
  );

export const authenticationQuirks: readonly Quirk[] = [
  {
    field: 'token_endpoint_auth_method',
    provider: 'takes Basic as RFC 6749 has it',
    answer: (request) => inHeaderOnly(request, `the-id:${encodeURIComponent(SECRET)}`),
    outcomes: [
      [{ token_endpoint_auth_method: 'client_secret_basic' }, works],
      [{ token_endpoint_auth_method: 'client_secret_basic_raw' }, refused],
      [{ token_endpoint_auth_method: 'client_secret_post' }, refused],
      [{}, refused],
    ],
  },
  {
    field: 'token_endpoint_auth_method',
    provider: 'takes Basic and undoes no percent-encoding',
    answer: (request) => inHeaderOnly(request, `the-id:${SECRET}`),
    outcomes: [
      [{ token_endpoint_auth_method: 'client_secret_basic_raw' }, works],
      [{ token_endpoint_auth_method: 'client_secret_basic' }, refused],
    ],
  },
  {
    field: 'token_endpoint_auth_method',
    provider: 'takes the secret in the body',
    answer: (request) =>
      onlyIf(
        request.body['client_secret'] === SECRET && request.headers['authorization'] === undefined,
        request,
        'invalid_client',
      ),
    outcomes: [
      [{ token_endpoint_auth_method: 'client_secret_post' }, works],
      [{}, works],
      [{ token_endpoint_auth_method: 'client_secret_basic' }, refused],
      [{ token_endpoint_auth_method: 'none' }, refused],
    ],
  },
  {
    field: 'token_endpoint_auth_method',
    provider: 'refuses a secret of a public client',
    answer: (request) =>
      onlyIf(
        request.body['client_id'] === 'the-id' &&
          !('client_secret' in request.body) &&
          request.headers['authorization'] === undefined,
        request,
        'invalid_client',
      ),
    outcomes: [
      [{ token_endpoint_auth_method: 'none' }, works],
      [{}, refused],
    ],
  },
];

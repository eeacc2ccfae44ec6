/** The fields that say how answers are read: servers that put things where few do, or leave them out. */
import type { Quirk } from './quirk';
import { isRefresh, issued, notConnected, notRenewed, onlyIf, refusal, works, worksWith } from './quirk';

export const answerQuirks: readonly Quirk[] = [
  {
    field: 'scope_separator',
    provider: 'has commas between scopes, as Linear and Slack do',
    page: (asked) => (asked['scope'] === 'a,b' ? {} : refusal('invalid_scope')),
    answer: (request) => ({ ...issued(request), scope: 'b,a' }),
    outcomes: [
      [{ scope_separator: ',' }, worksWith({ scopes: ['b', 'a'] })],
      [{}, notConnected('authorization_failed')],
    ],
  },
  {
    field: 'scope_separator',
    provider: 'has commas between scopes of a refresh, too',
    answer: (request) => onlyIf(!isRefresh(request) || request.body['scope'] === 'a,b', request),
    outcomes: [
      [{ scope_separator: ',', refresh_scope: 'requested' }, works],
      [{ refresh_scope: 'requested' }, notRenewed('provider_refused')],
    ],
  },
  {
    field: 'default_expires_in',
    provider: 'does not say how long a token lasts, as Stripe does not',
    answer: (request) => ({ ...issued(request), expires_in: undefined }),
    outcomes: [
      [{ default_expires_in: 1800 }, worksWith({ expiresIn: 1800 })],
      [{}, worksWith({ expiresIn: null })],
    ],
  },
  {
    field: 'default_expires_in',
    provider: 'says how long a token lasts, which counts',
    answer: issued,
    outcomes: [[{ default_expires_in: 1800 }, works]],
  },
  {
    field: 'token_path',
    provider: 'has the tokens inside of something, as Slack does',
    answer: (request) => ({ ok: true, data: { authed_user: issued(request) } }),
    outcomes: [
      [{ token_path: 'data.authed_user' }, works],
      [{ token_path: 'data' }, notConnected('provider_unavailable')],
      [{}, notConnected('provider_unavailable')],
    ],
  },
  {
    field: 'error_path',
    provider: 'has the error inside of something',
    answer: (request) => (isRefresh(request) ? { fault: { reason: 'invalid_grant' } } : issued(request)),
    outcomes: [
      [{ error_path: 'fault.reason' }, notRenewed('reauthorization_required')],
      [{}, notRenewed('provider_unavailable')],
    ],
  },
  {
    field: 'error_path',
    provider: 'lists its errors, as Strava does, or numbers them',
    answer: (request) => (isRefresh(request) ? { errors: [{ code: 1001 }, 'more'] } : issued(request)),
    outcomes: [
      [{ error_path: 'errors.0.code', grant_ended_errors: ['1001'] }, notRenewed('reauthorization_required')],
      [{ error_path: 'errors.0.code' }, notRenewed('provider_refused')],
      [{ error_path: 'errors.2.code' }, notRenewed('provider_unavailable')],
    ],
  },
  {
    field: 'grant_ended_errors',
    provider: 'blames the client for a refresh token that has ended, as Atlassian does',
    answer: (request) => (isRefresh(request) ? 'unauthorized_client' : issued(request)),
    outcomes: [
      [{ grant_ended_errors: ['Unauthorized_Client'] }, notRenewed('reauthorization_required')],
      [{ grant_ended_errors: ['invalid_client', 'unauthorized'] }, notRenewed('provider_refused')],
      [{ grant_ended_errors: [] }, notRenewed('provider_refused')],
      [{}, notRenewed('provider_refused')],
    ],
  },
  {
    field: 'grant_ended_errors',
    provider: 'has a word of its own for codes that have ended',
    answer: (request) => (isRefresh(request) ? issued(request) : { status: 'CODE_USED' }),
    outcomes: [
      [{ error_path: 'status', grant_ended_errors: ['code_used'] }, notConnected('authorization_failed')],
      [{ error_path: 'status' }, notConnected('provider_refused')],
      [{ grant_ended_errors: ['code_used'] }, notConnected('provider_unavailable')],
    ],
  },
  {
    field: 'capture',
    provider: 'says in its answers where the API is, as Salesforce does',
    answer: (request) => ({ ...issued(request), instance: { url: 'https://eu.example.test', key: 1 } }),
    outcomes: [
      [{ capture: ['instance.url'] }, worksWith({ metadata: { 'instance.url': 'https://eu.example.test' } })],
      [{ capture: ['elsewhere'] }, works],
      [{}, works],
    ],
  },
  {
    field: 'capture',
    provider: 'says once, in the callback, whom the tokens are for, as QuickBooks does',
    page: () => ({ realmId: '42' }),
    answer: issued,
    outcomes: [
      [{ capture: ['realmId'] }, worksWith({ metadata: { realmId: '42' } })],
      [{}, works],
    ],
  },
];

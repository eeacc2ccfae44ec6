/** The fields that say how requests are: strict servers that take them in one shape only. */
import { challengeOf } from '../../setup/provider-journey';
import type { Quirk } from './quirk';
import { isRefresh, issued, notConnected, notRenewed, onlyIf, refusal, works, worksWith } from './quirk';

const MCP = 'https://mcp.example.test/mcp';
const refused = notConnected('provider_refused');

const parameters: readonly Quirk[] = [
  {
    field: 'authorize_params',
    provider: 'gives a refresh token to who asks for one, as Google does',
    answer: (request, asked) => ({
      ...issued(request),
      ...(asked['access_type'] === 'offline' ? {} : { refresh_token: undefined }),
    }),
    outcomes: [
      [{ authorize_params: { access_type: 'offline' } }, works],
      [{}, notRenewed('reauthorization_required')],
    ],
  },
  {
    field: 'token_params',
    provider: 'says how long a token lasts if it was told so, as Zendesk does',
    answer: (request) => ({ ...issued(request), expires_in: request.body['expires_in'] }),
    outcomes: [
      // Where a refresh does not say it, a token lives as long as the one before.
      [{ token_params: { expires_in: '3600' } }, works],
      [{}, worksWith({ expiresIn: null })],
    ],
  },
  {
    field: 'refresh_params',
    provider: 'says how long a token lasts if it was told so, as Zendesk does',
    answer: (request) => ({ ...issued(request), expires_in: request.body['expires_in'] }),
    outcomes: [
      [
        { refresh_params: { expires_in: '3600' } },
        { ...works, connected: { ...works.connected, expiresIn: null } },
      ],
      [{}, worksWith({ expiresIn: null })],
    ],
  },
];

const shape: readonly Quirk[] = [
  {
    field: 'token_request_format',
    provider: 'takes JSON, as Notion does',
    answer: (request) => onlyIf(request.headers['content-type'] === 'application/json', request),
    outcomes: [
      [{ token_request_format: 'json' }, works],
      [{ token_request_format: 'form' }, refused],
      [{}, refused],
    ],
  },
  {
    field: 'refresh_url',
    provider: 'renews elsewhere, as Figma does',
    answer: (request) => onlyIf(request.url === (isRefresh(request) ? '/refresh' : '/token'), request),
    outcomes: [
      [{ refresh_url: 'https://id.example.test/refresh' }, works],
      [{}, notRenewed('provider_refused')],
    ],
  },
  {
    field: 'refresh_scope',
    provider: 'wants the scopes again, as Entra does',
    answer: (request) => onlyIf(!isRefresh(request) || request.body['scope'] === 'a b', request),
    outcomes: [
      [{ refresh_scope: 'requested' }, works],
      [{ refresh_scope: 'omit' }, notRenewed('provider_refused')],
      [{}, notRenewed('provider_refused')],
    ],
  },
  {
    field: 'refresh_scope',
    provider: 'refuses scopes in a refresh, as Salesforce does',
    answer: (request) => onlyIf(!('scope' in request.body), request),
    outcomes: [
      [{ refresh_scope: 'omit' }, works],
      [{}, works],
      [{ refresh_scope: 'requested' }, notRenewed('provider_refused')],
    ],
  },
  {
    field: 'pkce',
    provider: 'refuses PKCE of a client with a secret, as LinkedIn does',
    answer: (request) => onlyIf(!('code_verifier' in request.body), request, 'invalid_client'),
    outcomes: [
      [{ pkce: 'off' }, works],
      [{ pkce: 'S256' }, refused],
      [{}, refused],
    ],
  },
  {
    field: 'pkce',
    provider: 'demands PKCE',
    page: (asked) => (asked['code_challenge_method'] === 'S256' ? {} : refusal('invalid_request')),
    answer: (request, asked) => {
      const verifier = request.body['code_verifier'];
      const isProven = typeof verifier === 'string' && challengeOf(verifier) === asked['code_challenge'];
      return onlyIf(isRefresh(request) || isProven, request, 'invalid_grant');
    },
    outcomes: [
      [{ pkce: 'S256' }, works],
      [{}, works],
      [{ pkce: 'off' }, notConnected('authorization_failed')],
    ],
  },
  {
    field: 'resource',
    provider: 'wants to know what each token is for',
    page: (asked) => (asked['resource'] === MCP ? {} : refusal('invalid_target')),
    answer: (request) => onlyIf(request.body['resource'] === MCP, request, 'invalid_target'),
    outcomes: [
      [{ resource: MCP }, works],
      [{ resource: 'off' }, notConnected('authorization_failed')],
    ],
  },
  {
    field: 'resource',
    provider: 'refuses a resource, as Entra does',
    page: (asked) => ('resource' in asked ? refusal('invalid_request') : {}),
    answer: (request) => onlyIf(!('resource' in request.body), request),
    outcomes: [
      [{ resource: 'off' }, works],
      [{ resource: MCP }, notConnected('authorization_failed')],
    ],
  },
];

export const requestQuirks = [...parameters, ...shape];

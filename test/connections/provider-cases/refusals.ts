/** Endpoints that refuse a request, what the operator is told, and a declaration that follows it. */
import type { JsonObject } from '../../../src/config/definition';
import type { SentRequest } from '../../setup/provider-journey';
import { SECRET, issued } from './quirk';

export interface RefusalCase {
  readonly what: string;
  readonly remedy: string;
  /** Null for a request that it takes. */
  readonly refuse: (
    request: SentRequest,
    asked: Readonly<Record<string, string>>,
  ) => readonly [status: number, body: object] | null;
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** Of the message. */
  readonly says: readonly string[];
  /** Default `provider_refused`. */
  readonly code?: string;
  /** Whether the correction makes the user connect again, which the message says. */
  readonly isMoved?: true;
}

/** Refuses with an error of RFC 6749 section 5.2 unless it is so. */
const unless = (isRight: boolean, error: string, status = 400) =>
  isRight ? null : ([status, { error }] as const);
const isAt = ({ url }: SentRequest, path: string) =>
  new URL(url, 'https://id.example.test').pathname === path;
const RAW = `Basic the-id:${SECRET}`;
const MCP = 'https://mcp.example.test/mcp';
const URL_OF = (path: string) => `https://id.example.test${path}`;

const both: readonly RefusalCase[] = [
  {
    what: 'invalid_client by a server that does not decode Basic',
    remedy: '`client_secret_basic_raw`',
    refuse: ({ headers }) => unless(headers['authorization'] === RAW, 'invalid_client', 401),
    before: { token_endpoint_auth_method: 'client_secret_basic' },
    after: { token_endpoint_auth_method: 'client_secret_basic_raw' },
    says: ['does not accept the client', '`token_endpoint_auth_method`', '`client_secret_basic_raw`'],
  },
  {
    what: 'invalid_client by a server that takes Basic only',
    remedy: '`client_secret_basic`',
    refuse: ({ headers }) => unless(headers['authorization'] !== undefined, 'invalid_client', 401),
    before: {},
    after: { token_endpoint_auth_method: 'client_secret_basic' },
    says: ['`token_endpoint_auth_method`', '`client_secret_basic`'],
  },
  {
    what: 'invalid_client by a server that takes the secret in the body only',
    remedy: '`client_secret_post`',
    refuse: ({ body }) => unless(body['client_secret'] === SECRET, 'invalid_client', 401),
    before: { token_endpoint_auth_method: 'client_secret_basic' },
    after: { token_endpoint_auth_method: 'client_secret_post' },
    says: ['`token_endpoint_auth_method`', '`client_secret_post`'],
  },
  {
    what: 'invalid_client because of the secret',
    remedy: 'the right secret',
    refuse: ({ body }) => unless(body['client_secret'] === 'the right one', 'invalid_client', 401),
    before: {},
    after: { client_secret: 'the right one' },
    says: ['Check `client_id` and the client secret'],
  },
  {
    what: 'unsupported_grant_type by a server that reads JSON only',
    remedy: '`token_request_format`',
    refuse: ({ headers }) => unless(headers['content-type'] === 'application/json', 'unsupported_grant_type'),
    before: {},
    after: { token_request_format: 'json' },
    says: ['unsupported_grant_type', '`token_request_format`'],
  },
  {
    what: 'invalid_request by a server that reads JSON only',
    remedy: '`token_request_format`',
    refuse: ({ headers }) => unless(headers['content-type'] === 'application/json', 'invalid_request'),
    before: {},
    after: { token_request_format: 'json' },
    says: ['does not accept the request', '`token_request_format`'],
  },
  {
    what: 'invalid_request by a server that wants Basic',
    remedy: '`token_endpoint_auth_method`',
    refuse: ({ headers }) => unless(headers['authorization'] !== undefined, 'invalid_request'),
    before: {},
    after: { token_endpoint_auth_method: 'client_secret_basic' },
    says: ['does not accept the request', '`token_endpoint_auth_method`'],
  },
];

/** What is told to an operator where the answer is not understood. */
const unread: readonly RefusalCase[] = [
  {
    what: 'an error in a place of its own',
    remedy: '`error_path`',
    refuse: (request) =>
      request.headers['authorization'] === undefined ? [400, { fault: { reason: 'invalid_client' } }] : null,
    before: {},
    after: { error_path: 'fault.reason', token_endpoint_auth_method: 'client_secret_basic' },
    says: ['nor an error that OAuth defines', '`error_path`'],
    code: 'provider_unavailable',
  },
  {
    what: 'nothing, while the tokens are in a place of their own',
    remedy: '`token_path`',
    refuse: (request) => [200, { data: issued(request) }],
    before: {},
    after: { token_path: 'data' },
    says: ['neither tokens', '`token_path`'],
    code: 'provider_unavailable',
  },
];

export const codeRefusals: readonly RefusalCase[] = [
  ...both,
  ...unread,
  {
    what: 'invalid_client by a server that takes PKCE from public clients only',
    remedy: '`pkce`',
    refuse: ({ body }) => unless(!('code_verifier' in body), 'invalid_client', 401),
    before: {},
    after: { pkce: 'off' },
    says: ['`"pkce": "off"`'],
  },
  {
    what: 'invalid_grant by a server that has no part in PKCE',
    remedy: '`pkce`',
    refuse: ({ body }) => unless(!('code_verifier' in body), 'invalid_grant'),
    before: {},
    after: { pkce: 'off' },
    says: ['does not accept the code', '`pkce`'],
    code: 'authorization_failed',
  },
  {
    what: 'invalid_scope by a server that wants commas',
    remedy: '`scope_separator`',
    refuse: (_request, asked) => unless(asked['scope'] === 'a,b', 'invalid_scope'),
    before: {},
    after: { scope_separator: ',' },
    says: ['does not accept the scopes', '`scope_separator`'],
  },
  {
    what: 'invalid_scope by a server that does not have all of them',
    remedy: '`scopes`',
    refuse: (_request, asked) => unless(asked['scope'] === 'a', 'invalid_scope'),
    before: {},
    after: { scopes: ['a'] },
    says: ['Correct `scopes`'],
  },
  {
    what: 'invalid_scope by a server that wants them with the code, too',
    remedy: '`token_params`',
    refuse: ({ body }) => unless(body['scope'] === 'a b', 'invalid_scope'),
    before: {},
    after: { token_params: { scope: 'a b' } },
    says: ['`scope` in `token_params`'],
  },
  {
    what: 'invalid_target by a server that takes no resource',
    remedy: '`resource`',
    refuse: ({ body }) => unless(!('resource' in body), 'invalid_target'),
    before: { resource: MCP },
    after: { resource: 'off' },
    says: ['does not accept the resource', '`"resource": "off"`'],
  },
  {
    what: 'invalid_target by a server that has another resource',
    remedy: '`resource`',
    refuse: ({ body }) => unless(body['resource'] === MCP, 'invalid_target'),
    before: { resource: `${MCP}/other` },
    after: { resource: MCP },
    says: ['Correct `resource`'],
  },
  {
    what: 'invalid_request by a server that wants a parameter',
    remedy: '`token_params`',
    refuse: ({ body }) => unless(body['audience'] === 'x', 'invalid_request'),
    before: {},
    after: { token_params: { audience: 'x' } },
    says: ['`token_params`'],
  },
  {
    what: 'a word that is not its error code',
    remedy: '`error_path`',
    refuse: (request, asked) =>
      asked['scope'] === 'a' ? null : [400, { error: 'failed', reason: 'invalid_scope' }],
    before: {},
    after: { error_path: 'reason', scopes: ['a'] },
    says: ['an error code that no RFC defines (status 400)', '`error_path`'],
  },
  {
    what: 'not there',
    remedy: '`token_url`',
    refuse: (request) => (isAt(request, '/new') ? null : [404, {}]),
    before: {},
    after: { token_url: URL_OF('/new') },
    says: ['has no token endpoint at this address (status 404)', 'Correct `token_url`'],
  },
  {
    what: 'elsewhere',
    remedy: '`token_url`',
    refuse: (request) => (isAt(request, '/new') ? null : [307, {}]),
    before: {},
    after: { token_url: URL_OF('/new') },
    says: ['redirects requests for tokens', '(status 307)', '`token_url`'],
  },
];

export const refreshRefusals: readonly RefusalCase[] = [
  ...both,
  ...unread,
  {
    what: 'invalid_scope by a server that wants the scopes again',
    remedy: '`refresh_scope`',
    refuse: ({ body }) => unless(body['scope'] === 'a b', 'invalid_scope'),
    before: {},
    after: { refresh_scope: 'requested' },
    says: ['does not accept the scopes', '`"requested"`'],
  },
  {
    what: 'invalid_scope by a server that wants no scopes',
    remedy: '`refresh_scope`',
    refuse: ({ body }) => unless(!('scope' in body), 'invalid_scope'),
    before: { refresh_scope: 'requested' },
    after: { refresh_scope: 'omit' },
    says: ['`"refresh_scope": "omit"`'],
  },
  {
    what: 'invalid_target by a server that takes no resource',
    remedy: '`resource`',
    refuse: ({ body }) => unless(!('resource' in body), 'invalid_target'),
    before: { resource: MCP },
    after: { resource: 'off' },
    says: ['does not accept the resource', '`"resource": "off"`'],
    isMoved: true,
  },
  {
    what: 'invalid_request by a server that wants a parameter',
    remedy: '`refresh_params`',
    refuse: ({ body }) => unless(body['audience'] === 'x', 'invalid_request'),
    before: {},
    after: { refresh_params: { audience: 'x' } },
    says: ['`refresh_params`'],
  },
  {
    what: 'invalid_request by a server that wants the scopes again',
    remedy: '`refresh_scope`',
    refuse: ({ body }) => unless(body['scope'] === 'a b', 'invalid_request'),
    before: {},
    after: { refresh_scope: 'requested' },
    says: ['`refresh_scope`'],
  },
  {
    what: 'not there, but elsewhere',
    remedy: '`refresh_url`',
    refuse: (request) => (isAt(request, '/new') ? null : [405, {}]),
    before: {},
    after: { refresh_url: URL_OF('/new') },
    says: ['has no token endpoint at this address (status 405)', '`refresh_url`'],
    isMoved: true,
  },
  {
    what: 'moved',
    remedy: '`token_url`',
    refuse: (request) => (isAt(request, '/new') ? null : [307, {}]),
    before: {},
    after: { token_url: URL_OF('/new') },
    says: ['redirects requests for tokens', '`token_url`'],
    isMoved: true,
  },
];

/** Endpoints that refuse a code or a refresh, what the operator is told, and a declaration that follows it. */
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
  /** Whether the correction makes the user connect again. */
  readonly isMoved?: true;
}

/** Refuses with an error of RFC 6749 section 5.2 unless it is so. */
export const unless = (isRight: boolean, error: string, status = 400) =>
  isRight ? null : ([status, { error }] as const);
export const isAt = ({ url }: SentRequest, path: string) =>
  new URL(url, 'https://id.example.test').pathname === path;
const RAW = `Basic the-id:${SECRET}`;
export const MCP = 'https://mcp.example.test/mcp';
export const URL_OF = (path: string) => `https://id.example.test${path}`;

/** Of a code as of a refresh. */
export const eitherRefused: readonly RefusalCase[] = [
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
export const unread: readonly RefusalCase[] = [
  {
    what: 'an error in a place of its own',
    remedy: '`error_path`',
    refuse: (request) =>
      request.headers['authorization'] === undefined ? [400, { fault: { reason: 'invalid_client' } }] : null,
    before: {},
    after: { error_path: 'fault.reason', token_endpoint_auth_method: 'client_secret_basic' },
    says: ['answered without an error code', '`error_path`'],
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

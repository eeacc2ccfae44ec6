/** Endpoints that refuse a refresh. */
import type { RefusalCase } from './refusal-case';
import { unless, isAt, MCP, URL_OF, eitherRefused, unread } from './refusal-case';

export const refreshRefusals: readonly RefusalCase[] = [
  ...eitherRefused,
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

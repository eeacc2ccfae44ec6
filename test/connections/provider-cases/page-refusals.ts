/** Authorization pages that refuse a request. */
import type { JsonObject } from '../../../src/config/definition';
import { MCP } from './refusal-case';

export interface PageCase {
  /** What the message names. */
  readonly remedy: string;
  readonly error: string;
  readonly takes: (asked: Readonly<Record<string, string>>) => boolean;
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** Authorization pages, by the error with which they send the user back. */
export const pageRefusals: readonly PageCase[] = [
  {
    remedy: '`authorize_params`',
    error: 'invalid_request',
    takes: (asked) => asked['audience'] === 'x',
    before: {},
    after: { authorize_params: { audience: 'x' } },
  },
  {
    remedy: '`pkce`',
    error: 'invalid_request',
    takes: (asked) => !('code_challenge' in asked),
    before: {},
    after: { pkce: 'off' },
  },
  {
    remedy: '`resource`',
    error: 'invalid_request',
    takes: (asked) => !('resource' in asked),
    before: { resource: MCP },
    after: { resource: 'off' },
  },
  {
    remedy: '`"resource": "off"`',
    error: 'invalid_target',
    takes: (asked) => !('resource' in asked),
    before: { resource: MCP },
    after: { resource: 'off' },
  },
  {
    remedy: 'correct `resource`',
    error: 'invalid_target',
    takes: (asked) => asked['resource'] === MCP,
    before: { resource: `${MCP}/other` },
    after: { resource: MCP },
  },
  {
    remedy: '`scopes`',
    error: 'invalid_scope',
    takes: (asked) => asked['scope'] === 'a',
    before: {},
    after: { scopes: ['a'] },
  },
  {
    remedy: '`scope_separator`',
    error: 'invalid_scope',
    takes: (asked) => asked['scope'] === 'a,b',
    before: {},
    after: { scope_separator: ',' },
  },
  {
    remedy: 'the scopes',
    error: 'access_refused',
    takes: (asked) => asked['scope'] === 'a',
    before: {},
    after: { scopes: ['a'] },
  },
];

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InlineSecret } from '../../src/config/secrets';
import { parseConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { brief, document, entry, printed } from './documents';

const MARK = 'hunter2marked';

const keys = [
  'url',
  'transport',
  'type',
  'auth_type',
  'display_name',
  'description',
  'icon_url',
  'enabled',
  'cloud_id',
  'site_url',
  'extra_config',
  'headers',
  'command',
  'oauth_config',
  'client_id',
  'client_secret',
  'scopes',
  'client_secret_env',
  'token_url',
  'pkce',
  'resource',
  'authorize_params',
  'grant_ended_errors',
  'capture',
  'refresh_margin',
  'mcpServers',
  'mcp',
  'servers',
  'disabled',
  'isActive',
  'oauth',
  'auth',
  'transportType',
  'clientId',
  '__proto__',
  'constructor',
  'toString',
  'unknown',
  'Url',
  '',
  '\ud800',
  'a.b',
];
const values = [
  'oauth2',
  'bond_jwt',
  'sse',
  'http',
  'stdio',
  'https://a.b/c',
  'true',
  '${A}',
  '${B:-x}',
  'S256',
  '5',
  '${env:A}',
  '{{A}}',
];

const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(...values),
    fc.anything(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string({ unit: 'binary' })), tie('value'), {
      maxKeys: 8,
    }),
  ),
}));
const names = fc.oneof(fc.constantFrom('a', 'A', 'b', '', ' ', '__proto__', 'x y', '\ud800'), fc.string());
const entries = fc.dictionary(
  names,
  fc.oneof(
    anything,
    anything.map((fields) => entry(Object(fields))),
  ),
  { maxKeys: 6 },
);

/** Fields of which no part may be shown, each holding the mark. */
const secretFields = fc.constantFrom<Record<string, unknown>>(
  { oauth_config: { client_secret: MARK } },
  { oauth_config: { client_secret: '${S}' } },
  { oauth_config: { client_secret: [MARK] } },
  { oauth_config: { client_secret: MARK, client_secret_arn: MARK } },
  { oauth_config: { client_secret_env: `${MARK} x` } },
  { oauth_config: { client_secret_env: '${S}' } },
  { oauth_config: { authorize_params: { api_key: MARK } } },
  { oauth_config: { token_params: { client_secret: '${S}' } } },
  { oauth_config: { refresh_params: MARK } },
  { oauth_config: { token_url: `https://u:${MARK}@a.b/` } },
  { oauth_config: { authorize_url: `ftp://a.b/?key=${MARK}#${MARK}` } },
  { oauth_config: { scopes: { a: MARK } } },
  { oauth_config: MARK },
  { url: `https://${MARK}@a.b/` },
  { url: '${S}' },
  { url: `https://a.b/?access_token=${MARK}` },
  { transport: '${S}' },
  { enabled: '${S}' },
  { auth_type: '${S}' },
  { extra_config: { deep: [{ password: MARK }] } },
  { extra_config: MARK },
  { headers: { authorization: MARK } },
  { headers: { 'X-Api-Key': MARK, Cookie: MARK } },
  { headers: { 'X-Id': '${S}', 'X-Other': `a ${MARK} \${S}` } },
  { headers: { 'X-Id': { inline: MARK } } },
  { headers: MARK },
  { api_origins: [`https://u:${MARK}@a.b`] },
  { api_origins: [`https://a.b/${MARK}`, '${S}'] },
  { env: { A: MARK }, args: [MARK], command: MARK, cwd: MARK },
  { unknown: MARK },
  { disabled: MARK },
  { oauth: { clientSecret: MARK } },
  { auth: MARK },
  { client_secret: MARK },
  { serverUrl: `https://u:${MARK}@a.b/` },
  { url: `https://a.b/{${MARK}}` },
  { oauth_config: { clientSecret: MARK } },
  { oauth_config: { client_secret: `\${env:${MARK}}` } },
  { oauth_config: { client_secret_file: `<${MARK}>` } },
  { oauth_config: { grant_type: MARK } },
  { display_name: { a: MARK } },
);

describe('whatever the declaration', () => {
  it('parsing ends, and each name is in exactly one place', () => {
    fc.assert(
      fc.property(entries, (servers) => {
        const parsed = parseConnections(document(servers), { environment: { A: 'a' } });
        const found = [
          ...parsed.connections.keys(),
          ...parsed.rejected,
          ...parsed.skipped.map(({ name }) => name),
        ];
        expect(parsed.readable).toBe(true);
        expect(found.toSorted()).toEqual(Object.keys(servers).toSorted());
        const accused = parsed.problems
          .filter(({ severity }) => severity === 'error')
          .map((each) => each.connection);
        expect(new Set(accused)).toEqual(parsed.rejected);
      }),
      { numRuns: 200 },
    );
  });

  it('parsing any value or any text ends', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.string(), fc.json()), (raw) => {
        const parsed = parseConnections(broken(raw));
        expect(parsed.readable || parsed.problems.length === 1).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('the order of the entries does not matter', () => {
    const shuffled = entries.chain((servers) => {
      const pairs = Object.entries(servers);
      return fc.shuffledSubarray(pairs, { minLength: pairs.length }).map((mixed) => [pairs, mixed] as const);
    });
    const outcome = (pairs: readonly (readonly [string, unknown])[]) => {
      const parsed = parseConnections(document(Object.fromEntries(pairs)));
      return { ...parsed, skipped: new Set(parsed.skipped), problems: new Set(brief(parsed.problems)) };
    };
    fc.assert(
      fc.property(shuffled, ([pairs, mixed]) => {
        fc.pre(new Set(pairs.map(([name]) => name.normalize('NFC').toLowerCase())).size === pairs.length);
        expect(outcome(mixed)).toEqual(outcome(pairs));
      }),
    );
  });

  it('one entry never changes what becomes of another', () => {
    fc.assert(
      fc.property(anything, (other) => {
        const alone = parseConnections(document({ fixed: entry() })).connections.get('fixed');
        const together = parseConnections(document({ other, fixed: entry() })).connections.get('fixed');
        expect(together).toEqual(alone);
      }),
    );
  });

  it('a secret is in nothing that prints', () => {
    fc.assert(
      fc.property(fc.array(secretFields, { minLength: 1, maxLength: 4 }), fc.boolean(), (parts, asText) => {
        const fields: Record<string, unknown> = {};
        for (const part of parts) {
          const known = fields['oauth_config'];
          const both = typeof known === 'object' && typeof part['oauth_config'] === 'object';
          const merged = both ? { oauth_config: { ...known, ...(part['oauth_config'] as object) } } : {};
          Object.assign(fields, part, merged);
        }
        const raw = document({ demo: entry(fields) });
        const parsed = parseConnections(asText ? JSON.stringify(raw) : raw, { environment: { S: MARK } });
        expect(printed(parsed)).not.toContain(MARK);
      }),
      { numRuns: 200 },
    );
  });

  it('a text cut off anywhere shows nothing of itself', () => {
    const text = JSON.stringify(
      { mcpServers: { demo: entry({ oauth_config: { client_secret: MARK } }) } },
      null,
      1,
    );
    fc.assert(
      fc.property(fc.nat(text.length), (length) => {
        expect(printed(parseConnections(text.slice(0, length)))).not.toContain(MARK);
      }),
    );
  });

  it('a secret comes out of reveal()', () => {
    const raw = document({ demo: entry({ oauth_config: { client_secret: '${S}' } }) });
    const secret = parseConnections(raw, { environment: { S: MARK } }).connections.get('demo')?.oauth
      ?.clientSecret;
    expect((secret as InlineSecret).reveal()).toBe(MARK);
  });
});

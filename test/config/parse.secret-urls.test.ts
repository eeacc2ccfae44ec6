/** An address can be a secret, as that of a webhook is, so that no problem shows more of one than its origin. */
import { describe, expect, it } from 'vitest';
import { connectionRegistry } from '../../src/config/registry';
import { parseConnections } from '../../src/config/parse';
import { planConnectionSync } from '../../src/sync/plan';
import { reportLines, syncReport } from '../../src/sync/report';

const SECRET = 'hunter2';
const entryFields = ['url', 'icon_url', 'site_url'];
const oauthFields = [
  'authorize_url',
  'token_url',
  'redirect_uri',
  'refresh_url',
  'revoke_url',
  'resource',
  'issuer',
];
const words = ['transport', 'type', 'auth_type', 'enabled'];
const oauthWords = [
  'token_endpoint_auth_method',
  'token_request_format',
  'refresh_scope',
  'pkce',
  'default_expires_in',
];

const written = ['https', 'ftp', 'HTTPS', 'javascript'].flatMap((scheme) => [
  `${scheme}://host.example/${SECRET}`,
  `${scheme}://host.example/?${SECRET}`,
  `${scheme}://host.example/?x=${SECRET}&token=${SECRET}`,
  `${scheme}://host.example/#${SECRET}`,
  `${scheme}://host.example/#access_token=${SECRET}`,
  `${scheme}://${SECRET}@host.example/`,
  `${scheme}://user:${SECRET}@host.example/`,
  `${scheme}://user:${SECRET}/`,
  `${scheme}://host.example:99999/${SECRET}`,
  `${scheme}:\\\\host.example\\${SECRET}`,
  `${scheme}://host.example\\${SECRET}`,
  `${scheme}:host.example/${SECRET}`,
  ` ${scheme}://host.example/${SECRET}`,
  `${scheme}://host.example/${SECRET} and more`,
  `${scheme}://host.example /${SECRET}`,
  `${scheme}://host.example/\n${SECRET}`,
  `${scheme}://host.example/${SECRET}\u0000`,
  `${scheme}:// /${SECRET}`,
]);
const values: readonly unknown[] = [
  ...written,
  `//host.example/${SECRET}`,
  `/${SECRET}`,
  SECRET,
  `\${URL}`,
  `\${URL:-https://host.example/${SECRET}}`,
  `\${NONE:-ftp://host.example/${SECRET}}/x`,
  `\${NONE}/${SECRET}`,
  `https://\${NONE:-user:${SECRET}@host.example}/`,
  `https://host.example/\${PATH}`,
  `ftp://host.example/\${PATH}`,
  `https://host.example/${SECRET}${'x'.repeat(20_000)}`,
  [`https://host.example/${SECRET}`],
  { href: `https://host.example/${SECRET}` },
];
const environment = { URL: `ftp://host.example/${SECRET}`, PATH: ` ${SECRET}` };

/** A word that is not allowed is shown, unless it looks like an address. */
const isAddress = (value: unknown) => typeof value !== 'string' || /[:/\\]/.test(value);

const fields = [
  { field: 'api_origins', at: (value: unknown) => ({ api_origins: [value] }) },
  ...[...entryFields, ...words].map((field) => ({ field, at: (value: unknown) => ({ [field]: value }) })),
  ...[...oauthFields, ...oauthWords].map((field) => ({
    field,
    at: (value: unknown) => ({ oauth_config: { client_id: 'c', [field]: value } }),
  })),
];

describe('A secret in an address', () => {
  it.each(fields)('of $field is in no problem, error or line of a report', async ({ field, at }) => {
    const isWord = [...words, ...oauthWords].includes(field);
    const given = isWord ? values.filter(isAddress) : values;
    const entries = given.map((value, index): [string, object] => [
      `c${index}`,
      { url: 'https://mcp.example.com/mcp', auth_type: 'oauth2', ...at(value) },
    ]);
    const parsed = parseConnections({ mcpServers: Object.fromEntries(entries) } as never, { environment });
    expect(parsed.problems.length).toBeGreaterThan(0);
    expect(parsed.problems.filter(({ message }) => message.includes(SECRET))).toEqual([]);
    const registry = connectionRegistry(parsed);
    for (const name of parsed.rejected) {
      const error: unknown = await Promise.resolve()
        .then(() => registry.get(name))
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'ConnectionsError', message: expect.not.stringContaining(SECRET) });
    }
    const plan = planConnectionSync(parsed, []);
    expect(JSON.stringify(reportLines(syncReport(parsed, plan, true)))).not.toContain(SECRET);
  });
});

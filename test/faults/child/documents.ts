/** Documents for fuzzing: the text of a declaration after some edits, and structures that are nearly declarations. */
import * as fc from 'fast-check';
import { parse } from 'jsonc-parser';

/** Stands in for every secret. */
export const MARK = 'hunter2marked';

/** Fields of which no part may be shown. `${S}` stands for the mark. */
const secretFields: readonly Readonly<Record<string, unknown>>[] = [
  { oauth_config: { client_secret: MARK } },
  { oauth_config: { client_secret: '${S}', client_id: 'x' } },
  { oauth_config: { client_secret: [MARK], client_secret_arn: MARK } },
  { oauth_config: { client_secret_env: `${MARK} x` } },
  { oauth_config: { authorize_params: { api_key: MARK } } },
  { oauth_config: { token_params: { client_secret: '${S}' } } },
  { oauth_config: { token_url: `https://u:${MARK}@a.b/` } },
  { oauth_config: { scopes: { a: MARK } } },
  { oauth_config: MARK },
  { url: `https://${MARK}@a.b/` },
  { url: `https://a.b/?access_token=${MARK}` },
  { transport: '${S}' },
  { enabled: '${S}' },
  { extra_config: { deep: [{ password: MARK }] } },
  { headers: { authorization: `Bearer ${MARK}` } },
  { env: { API_TOKEN: MARK }, args: [MARK], command: MARK },
  { unknown: { nested: [{ deeper: MARK }] } },
  { display_name: { a: MARK } },
];

const names = fc.constantFrom('atlassian', 'github', 'a', 'A', 'b', '', ' ', '__proto__', 'x y', '\ud800');
const keys = fc.oneof(
  fc.constantFrom('url', 'transport', 'type', 'auth_type', 'display_name', 'description', 'icon_url'),
  fc.constantFrom('enabled', 'cloud_id', 'site_url', 'extra_config', 'headers', 'command', 'oauth_config'),
  fc.constantFrom('client_id', 'scopes', 'token_url', 'pkce', 'resource', 'capture', 'mcpServers'),
  fc.constantFrom('__proto__', 'constructor', 'unknown', 'Url', '', 'a.b'),
);
const plain = fc.oneof(
  fc.constantFrom<unknown>(
    'oauth2',
    'bond_jwt',
    'sse',
    'http',
    'https://a.b/c',
    'true',
    '${A}',
    '${B:-x}',
    '5',
  ),
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, Number.NaN, [], {}),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    plain,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
  ),
}));

const valid = { url: 'https://mcp.example.test/mcp', auth_type: 'oauth2' };
const nearlyEntry = fc
  .tuple(
    fc.dictionary(keys, anything, { maxKeys: 3 }),
    fc.constantFrom<object>({}, ...secretFields),
    fc.boolean(),
  )
  .map(([fields, secret, overValid]): unknown => Object.assign({}, overValid && valid, fields, secret));
const entries = fc.dictionary(names, fc.oneof(nearlyEntry, fc.constant<unknown>(valid), anything), {
  maxKeys: 5,
});
const structures = fc.oneof(
  { weight: 8, arbitrary: entries.map((mcpServers): unknown => ({ mcpServers })) },
  { weight: 1, arbitrary: anything },
  { weight: 1, arbitrary: fc.anything() },
);

const text = JSON.stringify(
  {
    mcpServers: {
      atlassian: {
        ...valid,
        oauth_config: { client_id: 'id', client_secret: MARK, scopes: ['read', 'write'] },
      },
      github: { ...valid, display_name: 'GitHub', headers: { authorization: MARK }, enabled: true },
      a: { ...valid, extra_config: { team: 'x', deep: [1, 2.5, null] }, icon_url: 'https://a.b/i.png' },
    },
  },
  null,
  1,
);
const edits = fc.array(
  fc.record({
    at: fc.nat(text.length),
    take: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(30)),
    put: fc.oneof(
      fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', '//', '/*', '\u0000'),
      fc.string(),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);
const editedTexts = edits.map((list) =>
  list.reduce((edited, { at, take, put }) => edited.slice(0, at) + put + edited.slice(at + take), text),
);

/** Half edited text, half structures. */
export const documents: fc.Arbitrary<unknown> = fc.oneof(editedTexts, structures);

/**
 * Whether every mark in a document stands where a secret does: an edit may have made a secret part of a name, or of a
 * field that is shown. Holds for all structures, and for a text that cannot be read.
 */
export function hidesEveryMark(raw: unknown): boolean {
  return typeof raw !== 'string' || isHidden(parse(raw, [], { allowTrailingComma: true }), []);
}

function isHidden(value: unknown, path: readonly string[]): boolean {
  if (typeof value === 'string') {
    // A header of another name is sent as it is.
    const [holder, name] = path.slice(-2);
    const isCredential = holder === 'headers' && /^authorization$/i.test(name ?? '');
    return !value.includes(MARK) || name === 'client_secret' || isCredential;
  }
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(
    ([key, inner]) => !key.includes(MARK) && isHidden(inner, [...path, key]),
  );
}

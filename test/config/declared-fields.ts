/** Values for each field of an entry and of `oauth_config`: such as may be written, and such as may not. */
import type { entryFields, oauthFields } from '../../src/config/document-fields';

interface Examples {
  readonly right: readonly unknown[];
  /** None for a field that this package does not read. */
  readonly wrong: readonly unknown[];
}

/** The variables that the values name; `MISSING` is not among them. */
export const environment = { GOOD: 'x', EMPTY: '', BAD: 'not allowed anywhere' };
const variables = ['${GOOD}', 'a ${MISSING} b', '${EMPTY}', '${BAD}', '${MISSING:-x}', '${A:-${GOOD}}'];

const notText = [5, true, ['x'], { x: 1 }];
const tooLong = 'x'.repeat(16_001);
/** 8,001 characters for a schema, 16,002 for JavaScript. */
const tooManyUnits = '😀'.repeat(8_001);
const text: Examples = {
  right: ['x', ' ', '$${GOOD}', 'é\u0001', '\0', '\ud800', tooManyUnits, ...variables],
  wrong: [...notText, '', tooLong],
};
const textOrEmpty: Examples = { right: [...text.right, ''], wrong: [...notText, tooLong] };
const address: Examples = {
  right: [
    'https://a.b',
    'HTTP://[::1]:1/x?y=1',
    'https://u:p@a.b',
    'https://a.b/?key=1',
    'https://:',
    ...variables,
  ],
  wrong: [...notText, '', 'a.b', 'ftp://a.b', 'https://a b', 'https://a\\b', 'https://', '$${GOOD}', tooLong],
};
const fragment = 'https://a.b/#c';
const addressWithFragment: Examples = { right: [...address.right, fragment], wrong: address.wrong };
const addressWithoutFragment: Examples = {
  right: [...address.right, 'https://a.b/#'],
  wrong: [...address.wrong, fragment],
};
/** A field where an empty text counts as absent. */
const orEmpty = ({ right, wrong }: Examples): Examples => ({
  right: [...right, ''],
  wrong: wrong.filter((value) => value !== ''),
});
const words = (...right: string[]): Examples => ({
  right: [...right, ...variables],
  wrong: [...notText, '', 'nonsense', '$${GOOD}', right.join(), tooLong],
});
const wholeNumber = (least: number): Examples => ({
  right: [least, 60, 2_147_483_647, '60', '99999999999', ...variables],
  wrong: [least - 1, 2_147_483_648, 1.5, '1.5', '', '-1', '1e3', '$${GOOD}', true, [1], {}],
});
const list: Examples = {
  right: [
    [],
    ['x', 'y.z'],
    ['access_token'],
    ['${GOOD}', '${MISSING}'],
    ['x'.repeat(9_000), 'y'.repeat(9_000)],
  ],
  wrong: ['x', 5, true, { x: 1 }, [''], [5], [null], [['x']], ['x'.repeat(16_001)]],
};
const json: Examples = {
  right: [
    {},
    { a: [1, null, { b: true }], c: '${GOOD}' },
    { a: { __proto__: null, client_secret: 'x' } },
    JSON.parse('{"a": {"__proto__": 1}}'),
    { big: Array.from({ length: 5 }, () => 'x'.repeat(15_000)) },
    { a: '${MISSING}' },
  ],
  wrong: ['x', 5, true, [], ['x']],
};
const parameters: Examples = {
  right: [{}, { a: 'x', b: 1, c: true, d: '' }, { a: '${GOOD}${MISSING}' }, { api_key: 'x' }, { a: '\0' }],
  wrong: ['x', 5, true, [], { a: null }, { a: {} }, { a: ['x'] }, { a: 'x'.repeat(16_001) }],
};
const transport = words('sse', 'streamable-http', 'http', 'streamable_http', 'streamableHttp');
const origins: Examples = {
  right: [
    [],
    ['https://a.b', 'HTTP://A.b:8080/', 'http://[::1]:1'],
    ['https://api.a.b', 'https://api.a.b:8443'],
    ['https://u@a.b'],
    ['https://u.a.b', '${GOOD}'],
    ['https://\u00e9.test', 'https://a.b:99999'],
    ['https://a.b', 'https://A.b'],
    ['https://a.b', 'https://a.b'],
  ],
  wrong: [
    ...notText.filter((value) => !Array.isArray(value)),
    'https://a.b',
    [5],
    [null],
    [''],
    ['a.b'],
    ['ftp://a.b'],
    ['https://a.b/v1'],
    ['https://a.b?'],
    ['https://a.b#c'],
    Array.from({ length: 21 }, (_, index) => `https://h${index}.test`),
  ],
};
const headers: Examples = {
  right: [
    {},
    { 'X-Cloud-Id': 'abc', Accept: 'application/json; q=1' },
    { 'X-Api-Key': '${KEY}', 'x-other': { env: 'OTHER' } },
    { 'X-Api-Key': { file: '/run/secrets/key' }, 'X-Id': { arn: 'arn:x' } },
    { 'x-literal': '$${KEY}' },
    { authorization: 5, Authorization: '${input:key}' },
    { 'X-Api-Key': 'abc' },
    { 'X-Id': 'org-${GOOD}' },
    { 'X-Id': 'a', 'x-id': 'b' },
    { a: 'x'.repeat(4_000), b: 'y'.repeat(4_000) },
  ],
  wrong: [
    'x',
    5,
    true,
    [],
    { 'X-Id': null },
    { 'X-Id': 5 },
    { 'X-Id': ['a'] },
    { 'X-Id': '' },
    { 'X-Id': 'a\r\nb' },
    { 'X-Id': ' a' },
    { 'X-Id': '\u00e9' },
    { 'X-Id': {} },
    { 'X-Id': { env: 'A B' } },
    { 'X-Id': { env: '${A}' } },
    { 'X-Id': { env: 'A', file: '/a' } },
    { 'X-Id': { kind: 'env', name: 'A' } },
    { 'X Id': 'a' },
    { Cookie: 'a=b' },
    { '': 'a' },
    Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, 'a'])),
  ],
};
const unread: Examples = { right: ['x', 5, ['x'], { a: 'b' }], wrong: [] };

export const entryExamples: Readonly<Record<keyof typeof entryFields, Examples>> = {
  url: addressWithFragment,
  api_origins: origins,
  transport,
  type: transport,
  auth_type: words('oauth2', 'bond_jwt', 'static', 'none'),
  display_name: text,
  description: textOrEmpty,
  icon_url: orEmpty(addressWithFragment),
  enabled: {
    right: [true, false, 'true', 'false', ...variables],
    wrong: [1, '', 'yes', 'True', '$${GOOD}', [], {}],
  },
  cloud_id: orEmpty(text),
  site_url: orEmpty(addressWithFragment),
  extra_config: json,
  oauth_config: { right: [{}, { client_id: 'x' }], wrong: ['x', 5, [], { nonsense: 1 }, { client_id: 1 }] },
  headers,
  allowed_tools: unread,
  timeout: unread,
  command: unread,
  args: unread,
  env: unread,
  cwd: unread,
};

export const oauthExamples: Readonly<Record<keyof typeof oauthFields, Examples>> = {
  client_id: text,
  client_secret: orEmpty(text),
  client_secret_env: {
    right: ['GITHUB_SECRET', '_a.b-c', 'x'.repeat(255)],
    wrong: [...notText, '', '1A', 'A B', 'x'.repeat(256), '${GOOD}'],
  },
  client_secret_file: text,
  client_secret_arn: {
    right: ['arn:x', 'arn:aws:\u0001', 'team/github+oauth_1@prod', 'x'.repeat(512), ...variables],
    wrong: [...notText, '', 'arn:', 'arn: x', 'a b', 'x'.repeat(513), '$${GOOD}', tooLong],
  },
  authorize_url: addressWithoutFragment,
  token_url: addressWithoutFragment,
  issuer: text,
  redirect_uri: orEmpty(addressWithoutFragment),
  scopes: {
    right: [...textOrEmpty.right, [], ['', 'a b'], ['x'.repeat(9_000), 'y'.repeat(9_000)]],
    wrong: [5, true, { a: 1 }, [5], [null], [['x']], tooLong],
  },
  provider: orEmpty(text),
  authorize_params: parameters,
  token_params: parameters,
  refresh_params: parameters,
  token_endpoint_auth_method: words(
    'client_secret_basic',
    'client_secret_basic_raw',
    'client_secret_post',
    'none',
  ),
  token_request_format: words('form', 'json'),
  scope_separator: text,
  refresh_url: addressWithoutFragment,
  revoke_url: addressWithoutFragment,
  revoke_reach: words('grant', 'user'),
  refresh_scope: words('omit', 'requested'),
  pkce: words('S256', 'off'),
  resource: {
    right: [...addressWithoutFragment.right, 'off'],
    wrong: [...addressWithoutFragment.wrong, 'on'],
  },
  default_expires_in: wholeNumber(1),
  refresh_margin: wholeNumber(0),
  token_path: text,
  error_path: text,
  grant_ended_errors: list,
  capture: list,
};

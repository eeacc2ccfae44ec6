/** Every name that another program uses for something of ours, with what it means, written down a second time. */
import { describe, expect, it } from 'vitest';
import { foreignEntryFields, foreignOAuthFields } from '../../src/config/foreign/fields';
import { fold } from '../../src/suggest';

type Names = Readonly<Record<string, string>>;

/** Fields of `oauth_config`, understood in the entry in any case. */
const client: Names = {
  client_id: 'clientId oauthClientId appId',
  client_secret: 'clientSecret oauthClientSecret appSecret',
  client_secret_env: 'clientSecretEnv clientSecretEnvVar',
  client_secret_file: 'clientSecretFile clientSecretPath',
  client_secret_arn: 'clientSecretArn clientSecretName',
  authorize_url:
    'authorizeUrl authorizeUri authorizeEndpoint authorizationUrl authorizationUri authorizationEndpoint authUrl authUri ' +
    'authEndpoint oauthAuthorizeUrl oauthAuthorizationUrl',
  token_url: 'tokenUrl tokenUri tokenEndpoint accessTokenUrl accessTokenUri oauthTokenUrl',
  redirect_uri: 'redirectUri redirectUrl callbackUrl callbackUri oauthRedirectUri oauthCallbackUrl',
  scopes: 'scopes scope oauthScopes',
  issuer: 'issuer issuerUrl issuerUri authServerUrl authorizationServer',
};

/** Those that are understood in the entry where OAuth is declared. */
const settings: Names = {
  authorize_params: 'authorizeParams authorizationParams authParams extraParams additionalParams',
  token_params: 'tokenParams extraTokenParams',
  refresh_params: 'refreshParams',
  token_endpoint_auth_method: 'tokenEndpointAuthMethod',
  token_request_format: 'tokenRequestFormat',
  scope_separator: 'scopeSeparator scopeDelimiter',
  refresh_url: 'refreshUrl refreshEndpoint refreshTokenUrl refreshTokenEndpoint',
  revoke_url: 'revokeUrl revocationEndpoint revocationUrl revokeEndpoint',
  revoke_reach: 'revokeReach',
  refresh_scope: 'refreshScope',
  pkce: 'pkce',
  resource: 'resource oauthResource resourceUrl resourceIndicator',
  default_expires_in: 'defaultExpiresIn expiresIn tokenExpiresIn',
  refresh_margin: 'refreshMargin',
  token_path: 'tokenPath',
  error_path: 'errorPath',
  grant_ended_errors: 'grantEndedErrors',
};

/** Those that are understood in `oauth_config` alone. */
const generic: Names = {
  client_secret: 'secret',
  redirect_uri: 'callback redirect',
  provider: 'provider',
  capture: 'capture',
};

/** Names by the beginning of what is said of them, in both places, for a value that asks for something else. */
const saidInBoth = {
  'write "pkce": "off"': [
    [false, 'pkceEnabled usePkce enablePkce requirePkce codeChallengeMethod pkceMethod'],
    [true, 'disablePkce'],
  ],
  'only "authorization_code" is used': [['password', 'grantType grantTypes oauth2Flow']],
  'write as "issuer"': [['x', 'authServerMetadataUrl serverMetadataUrl discoveryUrl']],
  'write one of them as "redirect_uri"': [['x', 'redirectUris']],
  'write "token_endpoint_auth_method"': [
    ['x', 'authMethod clientAuthMethod tokenAuthMethod clientAuthentication tokenExchangeMethod'],
    ['x', 'tokenEndpointAuthMethodsSupported'],
  ],
  'write it in "authorize_params"': [
    ['x', 'audience prompt accessType tokenAccessType loginHint responseMode'],
  ],
  'write one of them in "authorize_params"': [['x', 'audiences']],
} as const;

const on = 'enabled enable isEnabled active isActive on';
const off = 'disabled disable isDisabled off inactive paused isPaused';

type Row = readonly [name: string, value: unknown, said: string];

const rows = (names: string, value: unknown, said: string): Row[] =>
  names.split(' ').map((name) => [name, value, said]);
const rowsOf = (names: Names, said: (field: string) => string): Row[] =>
  Object.entries(names).flatMap(([field, others]) => rows(others, 'x', said(field)));
const both = Object.entries(saidInBoth).flatMap(([said, groups]) =>
  groups.flatMap(([value, names]) => rows(names, value, said)),
);

const inEntry: Row[] = [
  ...rowsOf({ ...settings, ...client }, (field) => `write it in "oauth_config", as "${field}"`),
  ...both,
  ...rows('url serverUrl mcpUrl sseUrl baseUrl uri address serverAddress', 'x', 'did you mean "url"?'),
  ...rows('endpoint endpointUrl sseEndpoint', 'x', 'did you mean "url"?'),
  ...rows('httpUrl httpEndpoint', 'x', 'write "url", and "type": "http"'),
  ...rows(
    'transport transportType serverTransport serverType connectionType',
    'http',
    'did you mean "transport"?',
  ),
  ...rows('type', 'http', 'did you mean "type"?'),
  ...rows('cloudId', 'x', 'did you mean "cloud_id"?'),
  ...rows('siteUrl', 'x', 'did you mean "site_url"?'),
  ...rows('extraConfig', {}, 'did you mean "extra_config"?'),
  ...rows('oauthConfig', {}, 'did you mean "oauth_config"?'),
  ...rows('authType', 'x', 'did you mean "auth_type"?'),
  ...rows(
    'auth oauth oauth2 authentication authorization authConfig authMode',
    {},
    'did you mean "oauth_config"?',
  ),
  ...rows(
    'authProvider requiresOauth useOauth oauthOptions oauthSettings',
    {},
    'did you mean "oauth_config"?',
  ),
  ...rows('apiOrigins', [], 'did you mean "api_origins"?'),
  ...rows('Headers httpHeaders customHeaders extraHeaders', {}, 'did you mean "headers"?'),
  ...rows('cmd', 'x', 'did you mean "command"?'),
  ...rows(`${on} state status`, false, 'it switches the connection off'),
  ...rows(off, true, 'it switches the connection off'),
];

const inOAuthConfig: Row[] = [
  ...[client, settings, generic].flatMap((names) => rowsOf(names, (field) => `did you mean "${field}"?`)),
  ...both,
  ...rows('apiOrigins', [], 'write it in the entry, beside "url", as "api_origins"'),
  ...rows('headers', {}, 'write it in the entry, beside "url", as "headers"'),
  ...rows('flow', 'password', 'only "authorization_code" is used'),
  ...rows(on, false, 'it switches OAuth off'),
  ...rows(off, true, 'it switches OAuth off'),
];

/** An entry whose type is not known before its variable is put in; the first field that is missing is asked for. */
const entryOfOAuth = (name: string) => (name === 'authType' ? {} : { auth_type: '${TYPE}' });

describe.each([
  ['an entry', foreignEntryFields, inEntry],
  ['oauth_config', foreignOAuthFields, inOAuthConfig],
] as const)('a field of %s', (_place, fields, expected) => {
  it.each(expected)('named %s, with %j, is refused: %s', (name, value, said) => {
    const remark = fields.get(fold(name))?.(value, entryOfOAuth(name));
    expect(remark?.severity).toBe('error');
    expect(remark?.hint.slice(0, said.length)).toBe(said);
  });

  it('has no other name', () => {
    const names = expected.map(([name]) => fold(name));
    expect([...fields.keys()].toSorted()).toEqual(names.toSorted());
  });
});

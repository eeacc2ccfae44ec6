/** What fields of other programs mean in an entry and in `oauth_config`, by the names that MCP clients and OAuth libraries use. */
import type { entryFields } from '../document-fields';
import { oauthFields, AUTH_TYPES } from '../document-fields';
import type { PlainObject } from '../json';
import { isGiven, isPlainObject } from '../json';
import { SWITCH_NAMES, foreignSwitches } from './switches';
import type { ForeignField, ForeignFields } from './unknown-fields';
import {
  SAME_AS_DEFAULT,
  asWord,
  ignoreFor,
  judgeNames,
  otherNameOf,
  refuse,
  didYouMean,
  ignore,
  yesOrNo,
} from './unknown-fields';

type OAuthNames = Readonly<Partial<Record<keyof typeof oauthFields, string>>>;

/** Other names of our fields that say enough to be understood outside of `oauth_config`, too. */
const CLIENT_NAMES: OAuthNames = {
  client_id: 'client_id oauth_client_id app_id',
  client_secret: 'client_secret oauth_client_secret app_secret',
  client_secret_env: 'client_secret_env client_secret_env_var',
  client_secret_file: 'client_secret_file client_secret_path',
  client_secret_arn: 'client_secret_arn client_secret_name',
  authorize_url:
    'authorize_url authorize_uri authorize_endpoint authorization_url authorization_uri authorization_endpoint auth_url auth_uri ' +
    'auth_endpoint oauth_authorize_url oauth_authorization_url',
  token_url: 'token_url token_uri token_endpoint access_token_url access_token_uri oauth_token_url',
  redirect_uri: 'redirect_uri redirect_url callback_url callback_uri oauth_redirect_uri oauth_callback_url',
  scopes: 'scopes scope oauth_scopes',
  issuer: 'issuer issuer_url issuer_uri auth_server_url authorization_server',
};

/** Other names of our fields that are understood where OAuth is declared. */
const INNER_NAMES: OAuthNames = {
  ...(Object.fromEntries(Object.keys(oauthFields).map((field) => [field, field])) as OAuthNames),
  client_secret: 'secret',
  redirect_uri: 'callback redirect',
  authorize_params: 'authorize_params authorization_params auth_params extra_params additional_params',
  token_params: 'token_params extra_token_params',
  scope_separator: 'scope_separator scope_delimiter',
  refresh_url: 'refresh_url refresh_endpoint refresh_token_url refresh_token_endpoint',
  revoke_url: 'revoke_url revocation_endpoint revocation_url revoke_endpoint',
  resource: 'resource oauth_resource resource_url resource_indicator',
  default_expires_in: 'default_expires_in expires_in token_expires_in',
};

/** Refuses a field whose meaning is ambiguous, with a hint what to write in `oauth_config`; ignores it if our own field is given. */
function unlessGiven(field: string, hint: string): ForeignField {
  return (_value, object) => (isGiven(object, field) ? ignoreFor(`oauth_config.${field}`) : refuse(hint));
}

const metadataUrl = unlessGiven(
  'issuer',
  'write as "issuer" in "oauth_config" the issuer that this document names',
);

const redirectUris = unlessGiven('redirect_uri', 'write one of them as "redirect_uri" in "oauth_config"');

const authMethod = unlessGiven(
  'token_endpoint_auth_method',
  'write "token_endpoint_auth_method" in "oauth_config": "client_secret_post", "client_secret_basic" or "none"',
);

const noPkce = unlessGiven('pkce', 'write "pkce": "off" in "oauth_config", or leave it out for "S256"');

const pkce: ForeignField = (value, object) =>
  yesOrNo(value) === 'yes' || asWord(value) === 's256' ? SAME_AS_DEFAULT : noPkce(value, object);

const pkceOff: ForeignField = (value, object) =>
  yesOrNo(value) === 'no' ? SAME_AS_DEFAULT : noPkce(value, object);

/** Parameters of the authorization request, which go into an object here. */
const PARAMETERS = 'audience prompt access_type token_access_type login_hint response_mode';

function parameter(name: string, what = 'it'): ForeignField {
  return (_value, { authorize_params: given }) =>
    isPlainObject(given) && isGiven(given, name)
      ? ignoreFor(`oauth_config.authorize_params.${name}`)
      : refuse(`write ${what} in "authorize_params" of "oauth_config", as "${name}"`);
}

const OTHER_GRANT = refuse(
  'only "authorization_code" is used: leave it out, or declare "auth_type": "static" if no user authorizes',
);

/** A list is of the grants that the client may use. */
const grantType: ForeignField = (value) =>
  [value].flat().some((each) => asWord(each) === 'authorization_code') ? SAME_AS_DEFAULT : OTHER_GRANT;

/** Client settings under foreign names, judged alike in `oauth_config` and directly in an OAuth entry. */
const clientSettings: ForeignFields = new Map([
  ...PARAMETERS.split(' ').flatMap((name) => judgeNames(name, parameter(name))),
  ...judgeNames('audiences', parameter('audience', 'one of them')),
  ...judgeNames('auth_server_metadata_url server_metadata_url discovery_url', metadataUrl),
  ...judgeNames('redirect_uris', redirectUris),
  ...judgeNames('auth_method client_auth_method token_auth_method client_authentication', authMethod),
  ...judgeNames('token_exchange_method token_endpoint_auth_methods_supported', authMethod),
  ...judgeNames('pkce_enabled use_pkce enable_pkce require_pkce code_challenge_method pkce_method', pkce),
  ...judgeNames('disable_pkce', pkceOff),
  ...judgeNames('grant_type grant_types oauth2_flow flow', grantType),
]);

/** Fields of the entry: they are for requests to the API. */
const besideOAuth =
  (field: string): ForeignField =>
  () =>
    refuse(`write it in the entry, beside "url", as "${field}"`);

const SWITCHED_OFF = refuse(
  'it switches OAuth off: write "auth_type": "none" or "enabled": false in the entry instead',
);

function switchOfOAuth(on: 'yes' | 'no'): ForeignField {
  return (value) => {
    const answer = yesOrNo(value);
    return answer === undefined ? undefined : answer === on ? SAME_AS_DEFAULT : SWITCHED_OFF;
  };
}

export const foreignOAuthFields: ForeignFields = new Map([
  ...[INNER_NAMES, CLIENT_NAMES].flatMap((names) =>
    Object.entries(names).flatMap(([field, others]) => judgeNames(others, otherNameOf(field))),
  ),
  ...clientSettings,
  ...judgeNames('api_origins', besideOAuth('api_origins')),
  ...judgeNames('headers', besideOAuth('headers')),
  ...judgeNames(SWITCH_NAMES.on, switchOfOAuth('yes')),
  ...judgeNames(SWITCH_NAMES.off, switchOfOAuth('no')),
]);

/** Other types of entry have no use for an OAuth client. */
function isOtherType({ auth_type }: PlainObject): boolean {
  return typeof auth_type === 'string' && auth_type !== 'oauth2' && AUTH_TYPES.has(auth_type);
}

function isOAuth(object: PlainObject): boolean {
  return !isOtherType(object) && ['auth_type', 'oauth_config'].some((field) => isGiven(object, field));
}

const CHOOSE_TYPE = refuse(
  'write "auth_type": "oauth2" if users authorize, "static" if they share credentials, or "none"',
);

const NO_AUTH = 'write "auth_type": "none"';

const authBlock: ForeignField = (value, object) => {
  // Our own type counts, whatever is beside it.
  if (isOtherType(object)) return ignoreFor('auth_type');
  // It says no, and OAuth is declared: one of the two is wrong.
  if (yesOrNo(value) === 'no')
    return isOAuth(object)
      ? refuse(`it says that no user authorizes: leave it out, or ${NO_AUTH}`)
      : ignore(`it is ignored: ${NO_AUTH}`);
  // It describes a client.
  if (isPlainObject(value)) return otherNameOf('oauth_config')(value, object);
  if (isGiven(object, 'auth_type')) return ignoreFor('auth_type');
  // It asks for what an `oauth_config` means in any case.
  const word = asWord(value);
  const asksForOAuth = yesOrNo(value) === 'yes' || (typeof word === 'string' && word.startsWith('oauth'));
  return asksForOAuth && isOAuth(object) ? ignoreFor('oauth_config') : CHOOSE_TYPE;
};

/** A field of `oauth_config` that stands in the entry itself. */
function inner(field: string): ForeignField {
  return (_value, object) => {
    const { oauth_config } = object;
    if (isOtherType(object)) return ignoreFor('auth_type');
    if (isPlainObject(oauth_config) && isGiven(oauth_config, field))
      return ignoreFor(`oauth_config.${field}`);
    return refuse(`write it in "oauth_config", as "${field}"`);
  };
}

/** A field that could be anything, unless OAuth is declared. */
function ifOAuth(judge: ForeignField): ForeignField {
  return (value, object) => (isOAuth(object) ? judge(value, object) : undefined);
}

/** A setting of the client, judged as if it stood in `oauth_config`. */
function innerSetting(judge: ForeignField): ForeignField {
  return (value, { oauth_config }) => judge(value, isPlainObject(oauth_config) ? oauth_config : {});
}

/** In Gemini CLI, where `url` is for SSE. */
const httpUrl: ForeignField = (value, object) =>
  ['url', 'type', 'transport'].some((field) => isGiven(object, field))
    ? otherNameOf('url')(value, object)
    : refuse('write "url", and "type": "http"');

const transport: ForeignField = (value, object) =>
  asWord(value) === 'sse' ? SAME_AS_DEFAULT : otherNameOf('transport', 'type')(value, object);

/** In Goose. */
const program: ForeignField = (_value, object) =>
  isGiven(object, 'url') ? ignoreFor('url') : refuse(didYouMean('command'));

/** Our own fields, of which another spelling is an error; left out are those that only people see and those that are not read. */
const OTHERWISE_SPELT: readonly (keyof typeof entryFields)[] = [
  ...(['url', 'api_origins', 'transport', 'type', 'auth_type'] as const),
  ...(['cloud_id', 'site_url', 'extra_config', 'oauth_config'] as const),
];

/** Words that say too little outside of `oauth_config`. */
const GENERIC: ReadonlySet<string> = new Set([
  'secret',
  'callback',
  'redirect',
  'provider',
  'flow',
  'capture',
]);

export const foreignEntryFields: ForeignFields = new Map(
  [
    ...Object.entries(INNER_NAMES).flatMap(([field, names]) => judgeNames(names, ifOAuth(inner(field)))),
    ...Array.from(clientSettings, ([name, judge]) => [name, ifOAuth(innerSetting(judge))] as const),
    ...Object.entries(CLIENT_NAMES).flatMap(([field, names]) => judgeNames(names, inner(field))),
    ...OTHERWISE_SPELT.flatMap((field) => judgeNames(field, otherNameOf(field))),
    ...judgeNames('http_url http_endpoint', httpUrl),
    ...judgeNames('server_url mcp_url sse_url base_url uri address server_address', otherNameOf('url')),
    ...judgeNames('endpoint endpoint_url sse_endpoint', otherNameOf('url')),
    ...judgeNames('transport_type server_transport server_type connection_type', transport),
    ...judgeNames('auth oauth oauth2 authentication authorization auth_config auth_mode', authBlock),
    ...judgeNames('auth_provider requires_oauth use_oauth oauth_options oauth_settings', authBlock),
    ...judgeNames('cmd', program),
    ...judgeNames('headers http_headers custom_headers extra_headers', ifOAuth(otherNameOf('headers'))),
    ...foreignSwitches,
  ].filter(([name]) => !GENERIC.has(name)),
);

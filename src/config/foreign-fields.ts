/**
 * What fields of other programs mean here, by the names that MCP clients and OAuth libraries use.
 * Decides which of them must not be ignored; what is said of a field that nobody knows is in `unknown-fields.ts`.
 */
import { entryFields } from './entry-fields';
import { oauthFields } from './oauth-fields';
import { isPlainObject } from './plain-object';
import type { ForeignField, ForeignFields, Remark } from './unknown-fields';
import { didYouMean } from './unknown-fields';
import { fold } from '../suggest';

type PlainObject = Readonly<Record<string, unknown>>;
type OAuthKey = keyof typeof oauthFields;

const error = (hint: string): Remark => ({ isError: true, hint });
const warning = (hint: string): Remark => ({ isError: false, hint });
const ignoredFor = (field: string) => warning(`it is ignored, as "${field}" is there`);
const isGiven = (object: PlainObject, key: string) => (object[key] ?? undefined) !== undefined;

/** A field that this package has under another name: nothing is lost where that is there too. */
const meaning =
  (...fields: readonly [string, ...string[]]): ForeignField =>
  (_value, object) => {
    const given = fields.find((field) => isGiven(object, field));
    return given === undefined ? error(didYouMean(fields[0])) : ignoredFor(given);
  };

const named = (meant: ForeignField, ...names: readonly string[]): [string, ForeignField][] =>
  names.map((name) => [fold(name), meant]);

const YES: ReadonlySet<unknown> = new Set([true, 1, 'true', 'yes', 'on', '1', 'enabled', 'active']);
const NO: ReadonlySet<unknown> = new Set([false, 0, 'false', 'no', 'off', '0', '']);
const OFF: ReadonlySet<unknown> = new Set([
  false,
  'disabled',
  'inactive',
  'off',
  'paused',
  'stopped',
  'suspended',
]);
const folded = (value: unknown) => (typeof value === 'string' ? value.trim().toLowerCase() : value);

/** A field that switches the connection off unless its value is clearly another. */
const switchWord =
  (isOn: (value: unknown) => boolean): ForeignField =>
  (value, object) => {
    const isOff = !isOn(folded(value));
    if (isOff && folded(object['enabled']) !== false && folded(object['enabled']) !== 'false') {
      return error('it switches the connection off: write "enabled": false instead');
    }
    return warning('it is ignored: write "enabled" to switch the connection on or off');
  };

const switches = [
  ...named(
    switchWord((value) => YES.has(value)),
    'enabled',
    'enable',
    'is_enabled',
    'active',
    'is_active',
    'on',
  ),
  ...named(
    switchWord((value) => NO.has(value)),
    'disabled',
    'disable',
    'is_disabled',
    'off',
    'inactive',
    'paused',
  ),
  ...named(
    switchWord((value) => NO.has(value)),
    'suspended',
    'is_paused',
    'deactivated',
    'archived',
  ),
  ...named(
    switchWord((value) => !OFF.has(value)),
    'state',
    'status',
  ),
];

/** What other programs call the fields of `oauth_config`. */
const OAUTH_NAMES: Readonly<Partial<Record<OAuthKey, readonly string[]>>> = {
  client_id: ['oauth_client_id', 'app_id', 'consumer_key'],
  client_secret: ['oauth_client_secret', 'app_secret', 'consumer_secret'],
  client_secret_env: ['client_secret_env_var', 'client_secret_variable'],
  client_secret_file: ['client_secret_path'],
  client_secret_arn: ['client_secret_name'],
  authorize_url: [
    ...[
      'authorization_url',
      'authorization_endpoint',
      'authorization_uri',
      'authorize_endpoint',
      'authorize_uri',
    ],
    ...['auth_url', 'auth_uri', 'auth_endpoint', 'oauth_authorize_url'],
  ],
  token_url: ['token_endpoint', 'token_uri', 'access_token_url', 'access_token_uri', 'oauth_token_url'],
  redirect_uri: [
    ...['redirect_url', 'redirect_uris', 'callback_url', 'callback_uri', 'reply_url', 'oauth_redirect_uri'],
  ],
  scopes: ['scope', 'oauth_scopes'],
  issuer: ['issuer_url', 'issuer_uri', 'auth_server_url', 'authorization_server', 'auth_server_metadata_url'],
};

/** More of them, with names that say too little outside of `oauth_config`. */
const INNER_NAMES: typeof OAUTH_NAMES = {
  client_secret: ['secret'],
  redirect_uri: ['callback', 'redirect'],
  authorize_params: [
    ...['authorization_params', 'auth_params', 'extra_params', 'additional_params', 'extra_authorize_params'],
  ],
  token_params: ['extra_token_params', 'token_exchange_params'],
  token_endpoint_auth_method: [
    ...[
      'auth_method',
      'client_auth_method',
      'token_auth_method',
      'client_authentication',
      'token_exchange_method',
    ],
  ],
  refresh_url: ['refresh_endpoint', 'refresh_token_url', 'refresh_token_endpoint'],
  revoke_url: ['revocation_endpoint', 'revocation_url', 'revoke_endpoint'],
  resource: ['oauth_resource', 'resource_url', 'resource_indicator'],
  default_expires_in: ['expires_in', 'token_expires_in'],
};

/** A setting that changes nothing where it asks for what is done in any case. */
const unless =
  (defaults: readonly unknown[], otherwise: ForeignField): ForeignField =>
  (value, object) =>
    defaults.includes(folded(value))
      ? warning('it is ignored: that is the default')
      : otherwise(value, object);

const grantType = unless(['authorization_code'], () =>
  error(
    'only "authorization_code" is used: leave it out, or declare "auth_type": "static" if no user authorizes',
  ),
);

const oauthSwitch = (isOn: (value: unknown) => boolean): ForeignField => {
  const off = error(
    'it switches OAuth off: write "auth_type": "none", or "enabled": false, in the entry instead',
  );
  return (value) => (isOn(folded(value)) ? warning('it is ignored: that is the default') : off);
};

const pkce = unless([true, 'true', 's256'], meaning('pkce'));

/** A parameter of the authorization request, which providers name so. */
const parameter = (name: string): ForeignField => {
  return (_value, { authorize_params }) =>
    isPlainObject(authorize_params) && isGiven(authorize_params, name)
      ? ignoredFor(`authorize_params.${name}`)
      : error(`write it in "authorize_params", as "${name}"`);
};
const PARAMETERS = ['audience', 'prompt', 'access_type', 'token_access_type', 'login_hint', 'response_mode'];

/** Fields of other programs in `oauth_config`. */
export const foreignOAuthFields: ForeignFields = new Map([
  ...Object.keys(oauthFields).flatMap((field) => named(meaning(field), field)),
  ...[OAUTH_NAMES, INNER_NAMES].flatMap((names) =>
    Object.entries(names).flatMap(([field, others]) => named(meaning(field), ...others)),
  ),
  ...PARAMETERS.flatMap((name) => named(parameter(name), name)),
  ...named(
    pkce,
    'pkce_enabled',
    'use_pkce',
    'enable_pkce',
    'require_pkce',
    'code_challenge_method',
    'pkce_method',
  ),
  ...named(grantType, 'grant_type', 'oauth2_flow', 'flow'),
  ...named(
    oauthSwitch((value) => YES.has(value)),
    'enabled',
    'enable',
    'is_enabled',
    'active',
    'is_active',
  ),
  ...named(
    oauthSwitch((value) => NO.has(value)),
    'disabled',
    'disable',
    'is_disabled',
  ),
]);

/** Other types of entry have no use for an OAuth client. */
const isOtherType = ({ auth_type }: PlainObject) =>
  auth_type === 'bond_jwt' || auth_type === 'static' || auth_type === 'none';

const authBlock: ForeignField = (value, object) => {
  if (folded(value) === false || folded(value) === 'false')
    return warning('it is ignored: write "auth_type": "none"');
  if (isOtherType(object)) return ignoredFor('auth_type');
  if (isPlainObject(value)) return meaning('oauth_config')(value, object);
  return isGiven(object, 'auth_type') ? ignoredFor('auth_type') : error(CHOOSE_TYPE);
};
const CHOOSE_TYPE = 'write "auth_type": "oauth2" if users authorize, and "static" if they share credentials';

/** A field of `oauth_config` that stands in the entry itself. */
const inside =
  (field: string): ForeignField =>
  (_value, object) => {
    const inner = object['oauth_config'];
    if (isOtherType(object)) return ignoredFor('auth_type');
    if (isPlainObject(inner) && isGiven(inner, field)) return ignoredFor(`oauth_config.${field}`);
    return error(`write it in "oauth_config", as "${field}"`);
  };

const transport = unless(['sse'], meaning('transport', 'type'));

/** They change what people see, or are not read at all. */
const OF_NO_CONSEQUENCE = new Set([
  'display_name',
  'description',
  'icon_url',
  'headers',
  'allowed_tools',
  'timeout',
]);
const OF_PROGRAMS = new Set(['command', 'args', 'env', 'cwd']);

/** Fields of other programs in an entry. */
export const foreignEntryFields: ForeignFields = new Map([
  ...Object.keys(entryFields)
    .filter((field) => !OF_NO_CONSEQUENCE.has(field) && !OF_PROGRAMS.has(field))
    .flatMap((field) => named(meaning(field), field)),
  ...Object.entries(OAUTH_NAMES).flatMap(([field, others]) => named(inside(field), field, ...others)),
  ...named(
    meaning('url'),
    'http_url',
    'server_url',
    'mcp_url',
    'sse_url',
    'base_url',
    'uri',
    'href',
    'address',
  ),
  ...named(meaning('url'), 'endpoint', 'endpoint_url', 'sse_endpoint', 'http_endpoint', 'server_address'),
  ...named(transport, 'transport_type', 'server_transport', 'server_type', 'connection_type'),
  ...named(
    authBlock,
    'auth',
    'oauth',
    'oauth2',
    'authentication',
    'authorization',
    'auth_config',
    'auth_mode',
  ),
  ...named(authBlock, 'requires_oauth', 'use_oauth', 'oauth_options', 'oauth_settings', 'auth_provider'),
  ...switches,
]);

/** What fields of other programs mean in `oauth_config`, by the names that MCP clients and OAuth libraries use. */
import type { ForeignField, ForeignFields } from './foreign-field';
import {
  error,
  ignoredFor,
  isDefault,
  isGiven,
  meaning,
  named,
  saysNo,
  saysYes,
  unless,
} from './foreign-field';
import { oauthFields } from './oauth-fields';
import { isPlainObject } from './plain-object';

type OAuthNames = Readonly<Partial<Record<keyof typeof oauthFields, string>>>;

/** Names that say enough to be understood outside of `oauth_config`, too. */
export const CLIENT_NAMES: OAuthNames = {
  client_id: 'client_id oauth_client_id app_id consumer_key',
  client_secret: 'client_secret oauth_client_secret app_secret consumer_secret',
  client_secret_env: 'client_secret_env client_secret_env_var client_secret_variable',
  client_secret_file: 'client_secret_file client_secret_path',
  client_secret_arn: 'client_secret_arn client_secret_name',
  authorize_url:
    'authorize_url authorize_uri authorize_endpoint authorization_url authorization_uri authorization_endpoint auth_url auth_uri ' +
    'auth_endpoint oauth_authorize_url oauth_authorization_url',
  token_url: 'token_url token_uri token_endpoint access_token_url access_token_uri oauth_token_url',
  redirect_uri:
    'redirect_uri redirect_url redirect_uris callback_url callback_uri reply_url oauth_redirect_uri oauth_callback_url',
  scopes: 'scopes scope oauth_scopes',
  issuer: 'issuer issuer_url issuer_uri auth_server_url authorization_server auth_server_metadata_url',
};

const INNER_NAMES: OAuthNames = {
  client_secret: 'secret',
  redirect_uri: 'callback redirect',
  authorize_params: 'authorization_params auth_params extra_params additional_params extra_authorize_params',
  token_params: 'extra_token_params token_exchange_params',
  token_endpoint_auth_method:
    'auth_method client_auth_method token_auth_method client_authentication token_exchange_method',
  refresh_url: 'refresh_endpoint refresh_token_url refresh_token_endpoint',
  revoke_url: 'revocation_endpoint revocation_url revoke_endpoint',
  resource: 'oauth_resource resource_url resource_indicator',
  default_expires_in: 'expires_in token_expires_in',
};

/** Parameters of the authorization request, which go into an object here. */
const PARAMETERS = ['audience', 'prompt', 'access_type', 'token_access_type', 'login_hint', 'response_mode'];

function parameter(name: string): ForeignField {
  return (_value, { authorize_params: given }) =>
    isPlainObject(given) && isGiven(given, name)
      ? ignoredFor(`authorize_params.${name}`)
      : error(`write it in "authorize_params", as "${name}"`);
}

const grantType = unless(['authorization_code'], () =>
  error(
    'only "authorization_code" is used: leave it out, or declare "auth_type": "static" if no user authorizes',
  ),
);

const pkce = unless([true, 'true', 's256'], meaning('pkce'));

const SWITCHED_OFF = error(
  'it switches OAuth off: write "auth_type": "none" or "enabled": false in the entry instead',
);

export const foreignOAuthFields: ForeignFields = new Map([
  ...Object.keys(oauthFields).flatMap((field) => named(meaning(field), field)),
  ...[CLIENT_NAMES, INNER_NAMES].flatMap((names) =>
    Object.entries(names).flatMap(([field, others]) => named(meaning(field), others)),
  ),
  ...PARAMETERS.flatMap((name) => named(parameter(name), name)),
  ...named(pkce, 'pkce_enabled use_pkce enable_pkce require_pkce code_challenge_method pkce_method'),
  ...named(grantType, 'grant_type oauth2_flow flow'),
  ...named(
    (value) => (saysYes(value) ? isDefault : SWITCHED_OFF),
    'enabled enable is_enabled active is_active',
  ),
  ...named((value) => (saysNo(value) ? isDefault : SWITCHED_OFF), 'disabled disable is_disabled'),
]);

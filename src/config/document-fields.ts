/**
 * The fields of the document: of an entry, and of its `oauth_config`. Decides field by field; how fields depend on each other
 * is in `entry.ts` and `entry-oauth.ts`.
 */
import type { AuthType, Transport } from './definition';
import { fault, Fault } from './fault';
import { address, endpoint, origins, redirectUri } from './fields/address';
import type { FieldValues, Field, FieldContext } from './fields/field';
import { anyValue, withDefault } from './fields/field';
import { headers } from './fields/headers';
import { jsonObject, parameters } from './fields/json-object';
import { arn, filePath, secret, variableName } from './fields/secret';
import { text, orEmpty, textList, textOrList, readTextList } from './fields/text';
import { choice, flag, wholeNumber, words } from './fields/word';
import { isNeverCaptured } from './secret-names';

export const AUTH_TYPES: ReadonlyMap<string, AuthType> = new Map([
  ['oauth2', 'oauth2'],
  ['bond_jwt', 'bond_jwt'],
  ['static', 'static'],
  ['none', 'none'],
]);

const TRANSPORTS: ReadonlyMap<string, Transport> = new Map([
  ['sse', 'sse'],
  ['streamable-http', 'streamable-http'],
  ['http', 'streamable-http'],
  ['streamable_http', 'streamable-http'],
  ['streamableHttp', 'streamable-http'],
]);

export const DEFAULT_TRANSPORT: Transport = 'sse';

/** The fields of an entry, in the order in which problems with them are listed. */
export const entryFields = {
  auth_type: choice(AUTH_TYPES),
  url: address(),
  api_origins: origins(),
  transport: withDefault(choice(TRANSPORTS), DEFAULT_TRANSPORT),
  type: withDefault(choice(TRANSPORTS), DEFAULT_TRANSPORT),
  display_name: text({ content: 'prose' }),
  description: text({ empty: true, content: 'prose' }),
  icon_url: orEmpty(address()),
  enabled: flag(),
  cloud_id: orEmpty(text()),
  site_url: orEmpty(address()),
  extra_config: jsonObject(),
  oauth_config: anyValue(),
  headers: headers(),
  allowed_tools: anyValue(),
  timeout: anyValue(),
  command: anyValue(),
  args: anyValue(),
  env: anyValue(),
  cwd: anyValue(),
};

export type EntryFields = FieldValues<typeof entryFields>;

const MAX_SECONDS = 2_147_483_647;

/** The fields of `oauth_config`, in the order in which problems with them are listed. */
export const oauthFields = {
  client_id: text(),
  client_secret: orEmpty(secret()),
  client_secret_env: variableName(),
  client_secret_file: filePath(),
  client_secret_arn: arn(),
  authorize_url: endpoint(),
  token_url: endpoint(),
  issuer: text(),
  redirect_uri: orEmpty(redirectUri()),
  scopes: textOrList(),
  provider: orEmpty(text()),
  authorize_params: parameters(),
  token_params: parameters(),
  refresh_params: parameters(),
  token_endpoint_auth_method: words(
    'client_secret_basic',
    'client_secret_basic_raw',
    'client_secret_post',
    'none',
  ),
  token_request_format: withDefault(words('form', 'json'), 'form'),
  scope_separator: withDefault(text(), ' '),
  refresh_url: endpoint(),
  revoke_url: endpoint(),
  revoke_reach: withDefault(words('grant', 'user'), 'grant'),
  refresh_scope: withDefault(words('omit', 'requested'), 'omit'),
  pkce: withDefault(words('S256', 'off'), 'S256'),
  resource: address({ fragment: false, word: 'off' }),
  default_expires_in: wholeNumber(1, MAX_SECONDS),
  refresh_margin: withDefault(wholeNumber(0, MAX_SECONDS), 60),
  token_path: text(),
  error_path: withDefault(text(), 'error'),
  grant_ended_errors: textList(),
  capture: capture(),
};

export type OAuthFields = FieldValues<typeof oauthFields>;

/** The fields that say where the client secret is, of which an entry has one at most. */
export const SECRET_FIELDS = [
  'client_secret',
  'client_secret_env',
  'client_secret_file',
  'client_secret_arn',
] as const;

/** A field that holds dotted paths, none of which leads to a secret or through one. */
function capture(): Field<string[]> {
  return { read: readCapture, schema: textList().schema };
}

function readCapture(value: unknown, context: FieldContext): string[] | Fault {
  const paths = readTextList(value, context);
  if (paths instanceof Fault) return paths;
  const wrong = paths.findIndex((path) => path.split('.').some(isNeverCaptured));
  if (wrong < 0) return paths;
  return fault(
    'secret_in_table_field',
    'a field that holds a secret',
    'what is captured stands in the table in clear',
  ).within(wrong);
}

/** The fields of `oauth_config`. Decides field by field; how fields depend on each other is in `oauth-entry.ts`. */
import { fault } from './fault';
import type { Field, FieldValues } from './field';
import { withDefault } from './field';
import { address } from './field-address';
import { capture } from './field-capture';
import { parameters } from './field-json';
import { textList, textOrList } from './field-list';
import { arn, filePath, secret, variableName } from './field-secret';
import { choice, orEmpty, text, wholeNumber } from './field-text';

const MAX_SECONDS = 2_147_483_647;

const ROUTE = /[^$]\{name\}|\/:name(?:\/|$)/;
const ROUTE_FAULT = fault(
  'invalid_value',
  'a placeholder of another program, such as {name}',
  'leave redirect_uri out: its default has the name of the connection there',
);

const endpoint = () => address({ fragment: false });

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

function words<T extends string>(...all: readonly T[]): Field<T> {
  return choice(new Map(all.map((word) => [word, word])));
}

/** An endpoint of the host, whose route for all connections is no address. */
function redirectUri(): Field<string> {
  const { read, schema } = endpoint();
  return {
    read: (value, context) =>
      context.environment !== null && typeof value === 'string' && ROUTE.test(value)
        ? ROUTE_FAULT
        : read(value, context),
    schema,
  };
}

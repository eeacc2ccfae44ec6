/** What fields of other programs mean in an entry, by the names that MCP clients use. */
import type { entryFields } from './entry-fields';
import { AUTH_TYPES } from './entry-fields';
import type { ForeignField, ForeignFields } from './foreign-field';
import {
  error,
  ignoredFor,
  isGiven,
  lower,
  meaning,
  named,
  saysNo,
  saysYes,
  unless,
  warning,
} from './foreign-field';
import { CLIENT_NAMES } from './foreign-oauth-fields';
import { isPlainObject } from './plain-object';

const SAYS_OFF: ReadonlySet<unknown> = new Set([
  false,
  'disabled',
  'inactive',
  'off',
  'paused',
  'stopped',
  'suspended',
]);

/** A field that switches the connection off unless its value clearly does not. */
function switchWord(isOn: (value: unknown) => boolean): ForeignField {
  return (value, { enabled }) =>
    isOn(value) || lower(enabled) === false || lower(enabled) === 'false'
      ? warning('it is ignored: write "enabled" to switch the connection on or off')
      : error('it switches the connection off: write "enabled": false instead');
}

/** Other types of entry have no use for an OAuth client. */
function isOtherType({ auth_type }: Readonly<Record<string, unknown>>): boolean {
  return typeof auth_type === 'string' && auth_type !== 'oauth2' && AUTH_TYPES.has(auth_type);
}

const CHOOSE_TYPE = error(
  'write "auth_type": "oauth2" if users authorize, "static" if they share credentials, or "none"',
);

const authBlock: ForeignField = (value, object) => {
  if (saysNo(value)) return warning('it is ignored: write "auth_type": "none"');
  if (isOtherType(object)) return ignoredFor('auth_type');
  if (isPlainObject(value)) return meaning('oauth_config')(value, object);
  return isGiven(object, 'auth_type') ? ignoredFor('auth_type') : CHOOSE_TYPE;
};

/** A field of `oauth_config` that stands in the entry itself. */
function inner(field: string): ForeignField {
  return (_value, object) => {
    const { oauth_config } = object;
    if (isOtherType(object)) return ignoredFor('auth_type');
    if (isPlainObject(oauth_config) && isGiven(oauth_config, field))
      return ignoredFor(`oauth_config.${field}`);
    return error(`write it in "oauth_config", as "${field}"`);
  };
}

/** In Gemini CLI, where `url` is for SSE. */
const httpUrl: ForeignField = (value, object) =>
  ['url', 'type', 'transport'].some((field) => isGiven(object, field))
    ? meaning('url')(value, object)
    : error('write "url", and "type": "http"');

const transport = unless(['sse'], meaning('transport', 'type'));

/** Our own, otherwise spelt: what only people see is not worth an error, nor is what is not read. */
const OTHERWISE_SPELT: readonly (keyof typeof entryFields)[] = [
  ...(['url', 'transport', 'type', 'auth_type'] as const),
  ...(['cloud_id', 'site_url', 'extra_config', 'oauth_config'] as const),
];

export const foreignEntryFields: ForeignFields = new Map([
  ...OTHERWISE_SPELT.flatMap((field) => named(meaning(field), field)),
  ...Object.entries(CLIENT_NAMES).flatMap(([field, names]) => named(inner(field), names)),
  ...named(httpUrl, 'http_url http_endpoint'),
  ...named(meaning('url'), 'server_url mcp_url sse_url base_url uri href address server_address'),
  ...named(meaning('url'), 'endpoint endpoint_url sse_endpoint'),
  ...named(transport, 'transport_type server_transport server_type connection_type'),
  ...named(authBlock, 'auth oauth oauth2 authentication authorization auth_config auth_mode auth_provider'),
  ...named(authBlock, 'requires_oauth use_oauth oauth_options oauth_settings'),
  ...named(switchWord(saysYes), 'enabled enable is_enabled active is_active on'),
  ...named(switchWord(saysNo), 'disabled disable is_disabled off inactive paused is_paused'),
  ...named(switchWord(saysNo), 'suspended deactivated archived'),
  ...named(
    switchWord((value) => !SAYS_OFF.has(lower(value))),
    'state status',
  ),
]);

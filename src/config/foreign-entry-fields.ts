/** What fields of other programs mean in an entry, by the names that MCP clients use. */
import type { entryFields } from './entry-fields';
import { AUTH_TYPES } from './entry-fields';
import type { ForeignField, ForeignFields } from './foreign-field';
import {
  SAME_AS_DEFAULT,
  answerOf,
  asWord,
  didYouMean,
  ignore,
  ignoreFor,
  isGiven,
  judgeNames,
  otherNameOf,
  refuse,
} from './foreign-field';
import { CLIENT_NAMES, INNER_NAMES, clientSettings } from './foreign-oauth-fields';
import { foreignSwitches } from './foreign-switches';
import { isPlainObject } from './plain-object';

type PlainObject = Readonly<Record<string, unknown>>;

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
  if (answerOf(value) === 'no')
    return isOAuth(object)
      ? refuse(`it says that no user authorizes: leave it out, or ${NO_AUTH}`)
      : ignore(`it is ignored: ${NO_AUTH}`);
  // It describes a client.
  if (isPlainObject(value)) return otherNameOf('oauth_config')(value, object);
  if (isGiven(object, 'auth_type')) return ignoreFor('auth_type');
  // It asks for what an `oauth_config` means in any case.
  const asksForOAuth = answerOf(value) === 'yes' || String(asWord(value)).startsWith('oauth');
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

/** Our own, otherwise spelt: what only people see is not worth an error, nor is what is not read. */
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

/**
 * What an entry says about OAuth: the client and its provider, in `oauth_config`, and beside it where access tokens go and with
 * which headers. Decides how these fields depend on each other; never fetches a secret or an endpoint.
 */
import type { OAuthDefinition, OAuthOptions } from './definition';
import type { OAuthFields } from './document-fields';
import { SECRET_FIELDS, entryFields, oauthFields } from './document-fields';
import { Fault, fault } from './fault';
import type { FieldContext } from './fields/field';
import { isAuthorization } from './fields/headers';
import { sizeFault } from './fields/json-object';
import { foreignOAuthFields } from './foreign/fields';
import type { PlainObject } from './json';
import { isGiven, isPlainObject } from './json';
import type { ProblemLog } from './problems';
import { fieldReader } from './read-fields';
import type { SecretReference } from './secrets';

const KEY = 'oauth_config';
const readFields = fieldReader(oauthFields, foreignOAuthFields);

/** Fields that are no options: a definition has them under names of its own. */
const NO_OPTIONS: ReadonlySet<string> = new Set([
  ...SECRET_FIELDS,
  'client_id',
  'authorize_url',
  'token_url',
  'redirect_uri',
  'scopes',
]);

const AUTHORIZATION_IGNORED =
  'found a header that is not sent: the access token of each user is sent in its place; leave it out, or write ' +
  '"auth_type": "static" if all users share these credentials';

/**
 * What an entry says about OAuth, or `undefined` when that has errors. Without `oauth_config` everything is left to discovery.
 *
 * @param apiOrigins of the entry, which are read with its other fields
 * @param log gets the problems
 */
export function readOAuth(
  entry: PlainObject,
  apiOrigins: readonly string[],
  context: FieldContext,
  log: ProblemLog,
): OAuthDefinition | undefined {
  const headers = readHeaders(entry, context, log);
  const client = isGiven(entry, KEY) ? readClient(entry[KEY], context, log) : NOTHING_DECLARED;
  if (client === undefined) return undefined;
  const tooLarge = sizeFault({ ...client.options, apiOrigins, headers: headers ?? {} });
  if (tooLarge !== undefined) log.error(tooLarge, client === NOTHING_DECLARED ? [] : [KEY]);
  return headers && { ...client, apiOrigins, headers };
}

function readHeaders(
  entry: PlainObject,
  context: FieldContext,
  log: ProblemLog,
): OAuthDefinition['headers'] | undefined {
  const { headers } = entry;
  if (!isGiven(entry, 'headers')) return {};
  const read = entryFields.headers.read(headers, context);
  if (read instanceof Fault) log.error(read, ['headers']);
  // Many MCP clients keep their credentials there. Only a warning: each request carries its user's token instead.
  const ignored = isPlainObject(headers) ? Object.keys(headers).find(isAuthorization) : undefined;
  if (ignored !== undefined) log.warn('invalid_value', AUTHORIZATION_IGNORED, ['headers', ignored]);
  return read instanceof Fault ? undefined : read;
}

/** What `oauth_config` says. */
type Client = Omit<OAuthDefinition, 'apiOrigins' | 'headers'>;

const NOTHING_DECLARED: Client = {
  clientId: null,
  clientSecret: null,
  authorizeUrl: null,
  tokenUrl: null,
  redirectUri: null,
  scopes: [],
  options: {},
};

function readClient(raw: unknown, context: FieldContext, log: ProblemLog): Client | undefined {
  const { given, values } = readFields(raw, context, log, [KEY]);
  const secrets = SECRET_FIELDS.filter((field) => given.has(field));
  if (secrets.length > 1) {
    log.error(fault('invalid_value', secrets.join(' and '), 'at most one of them is allowed'), [KEY]);
  }
  // A row of the table is read without an environment: what it lacks is said when it is needed.
  if (context.environment !== null) judgeTogether(given, secrets.length > 0, log);
  if (values === undefined) return undefined;
  return {
    clientId: values.client_id ?? null,
    clientSecret: secretOf(values),
    authorizeUrl: values.authorize_url ?? null,
    tokenUrl: values.token_url ?? null,
    redirectUri: values.redirect_uri ?? null,
    scopes: scopesOf(values),
    options: optionsOf(values),
  };
}

/** Says which fields are missing beside others: without a token endpoint, the server is discovered. */
function judgeTogether(given: ReadonlySet<string>, hasSecret: boolean, log: ProblemLog): void {
  // What is missing may be there under a name that was refused.
  if (log.problems.some(({ severity, code }) => severity === 'error' && code === 'unknown_field')) return;
  const warn = (field: string, message: string) => log.warn('missing_field', message, [KEY, field]);
  if (given.has('token_url')) {
    if (!given.has('client_id')) {
      const allowed = 'nothing can be asked without it: add it';
      log.error(fault('missing_field', 'token_url without client_id', allowed), [KEY, 'client_id']);
    }
    if (!given.has('authorize_url')) {
      warn(
        'authorize_url',
        'found token_url without authorize_url; no user can connect until you add it, only imported tokens work',
      );
    }
  } else if (hasSecret && !log.failed) {
    if (!given.has('client_id')) {
      warn('client_id', 'found a client secret without client_id; add it, or the secret is not used');
    } else if (!given.has('issuer')) {
      warn(
        'issuer',
        'found a client secret without issuer; no user can connect until you add it, as the secret is sent to no other server',
      );
    }
  }
}

function secretOf(fields: OAuthFields): SecretReference | null {
  if (fields.client_secret !== undefined) return fields.client_secret;
  if (fields.client_secret_env !== undefined) return { kind: 'env', name: fields.client_secret_env };
  if (fields.client_secret_file !== undefined) return { kind: 'file', path: fields.client_secret_file };
  return fields.client_secret_arn === undefined ? null : { kind: 'arn', arn: fields.client_secret_arn };
}

function scopesOf(fields: OAuthFields): string[] {
  const separator = fields.scope_separator?.trim() === ',' ? /[\s,]+/ : /\s+/;
  const scopes = (fields.scopes ?? []).flatMap((text) => text.split(separator));
  return [...new Set(scopes.filter((scope) => scope !== ''))];
}

function optionsOf(fields: OAuthFields): OAuthOptions {
  const present = Object.entries(fields).filter(
    ([key, value]) => value !== undefined && !NO_OPTIONS.has(key),
  );
  return Object.fromEntries(present);
}

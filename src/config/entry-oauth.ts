/**
 * What an entry says about OAuth: the client and its provider, in `oauth_config`.
 * Decides how its fields depend on each other; never fetches a secret or an endpoint.
 */
import type { OAuthDefinition, OAuthOptions } from './definition';
import { fault } from './fault';
import { sizeFault } from './fields/json-object';
import type { FieldContext } from './fields/field';
import { foreignOAuthFields } from './foreign/fields';
import type { OAuthFields } from './document-fields';
import { SECRET_FIELDS, oauthFields } from './document-fields';
import { isPlainObject } from './json';
import type { ProblemLog } from './problems';
import { fieldReader } from './read-fields';
import type { SecretReference } from './secrets';

const KEY = 'oauth_config';

const readFields = fieldReader(oauthFields, foreignOAuthFields);

const OWN_COLUMN: ReadonlySet<string> = new Set([
  ...SECRET_FIELDS,
  'client_id',
  'authorize_url',
  'token_url',
  'redirect_uri',
  'scopes',
]);

/** What stands beside `oauth_config`: where the access token goes, and with what. */
export type ApiDefinition = Pick<OAuthDefinition, 'apiOrigins' | 'headers'>;

const LEFT_TO_DISCOVERY: Omit<OAuthDefinition, keyof ApiDefinition> = {
  clientId: null,
  clientSecret: null,
  authorizeUrl: null,
  tokenUrl: null,
  redirectUri: null,
  scopes: [],
  options: {},
};

/**
 * The OAuth definition of an entry, or `undefined` when it has errors.
 *
 * @param raw what the entry has under `oauth_config`; without one everything is left to discovery
 * @param api what is stored with it
 * @param log gets the problems
 */
export function readOAuth(
  raw: unknown,
  api: ApiDefinition,
  context: FieldContext,
  log: ProblemLog,
): OAuthDefinition | undefined {
  if (raw === undefined || raw === null) {
    const tooLarge = sizeFault(api);
    if (tooLarge !== undefined) log.error(tooLarge, []);
    return { ...LEFT_TO_DISCOVERY, ...api };
  }
  const fields = readFields(raw, context, log, [KEY]);
  const secretKeys = isPlainObject(raw)
    ? SECRET_FIELDS.filter((key) => isDeclared(key, raw[key], context))
    : [];
  if (secretKeys.length > 1) {
    log.error(fault('invalid_value', secretKeys.join(' and '), 'at most one of them is allowed'), [KEY]);
  }
  // A row of the table is read without an environment: what it lacks is said when it is needed.
  if (isPlainObject(raw) && context.environment !== null) judgeTogether(raw, secretKeys.length > 0, log);
  if (fields === undefined) {
    return undefined;
  }
  const options = optionsOf(fields);
  const tooLarge = sizeFault({ ...options, ...api });
  if (tooLarge !== undefined) {
    log.error(tooLarge, [KEY]);
  }
  return {
    clientId: fields.client_id ?? null,
    clientSecret: secretOf(fields),
    authorizeUrl: fields.authorize_url ?? null,
    tokenUrl: fields.token_url ?? null,
    redirectUri: fields.redirect_uri ?? null,
    scopes: scopesOf(fields),
    ...api,
    options,
  };
}

function isDeclared(key: (typeof SECRET_FIELDS)[number], value: unknown, context: FieldContext): boolean {
  return value !== undefined && value !== null && oauthFields[key].read(value, context) !== undefined;
}

/** Says which fields are missing beside others: without a token endpoint, the server is discovered. */
function judgeTogether(raw: Readonly<Record<string, unknown>>, hasSecret: boolean, log: ProblemLog): void {
  const lacks = (key: string) => raw[key] === undefined || raw[key] === null;
  // What is missing may be there under a name that was refused.
  if (log.problems.some(({ severity, code }) => severity === 'error' && code === 'unknown_field')) return;
  if (!lacks('token_url')) {
    if (lacks('client_id')) {
      log.error(
        fault('missing_field', 'token_url without client_id', 'nothing can be asked without it: add it'),
        [KEY, 'client_id'],
      );
    }
    if (lacks('authorize_url')) {
      const message =
        'found token_url without authorize_url; no user can connect until you add it, only imported tokens work';
      log.warn('missing_field', message, [KEY, 'authorize_url']);
    }
    return;
  }
  if (log.failed || !hasSecret) return;
  if (lacks('client_id')) {
    log.warn('missing_field', 'found a client secret without client_id; add it, or the secret is not used', [
      KEY,
      'client_id',
    ]);
  } else if (lacks('issuer')) {
    const message =
      'found a client secret without issuer; no user can connect until you add it, as the secret is sent to no other server';
    log.warn('missing_field', message, [KEY, 'issuer']);
  }
}

function secretOf(fields: OAuthFields): SecretReference | null {
  if (fields.client_secret !== undefined) {
    return fields.client_secret;
  }
  if (fields.client_secret_env !== undefined) {
    return { kind: 'env', name: fields.client_secret_env };
  }
  if (fields.client_secret_file !== undefined) {
    return { kind: 'file', path: fields.client_secret_file };
  }
  return fields.client_secret_arn === undefined ? null : { kind: 'arn', arn: fields.client_secret_arn };
}

function scopesOf(fields: OAuthFields): string[] {
  const separator = fields.scope_separator?.trim() === ',' ? /[\s,]+/ : /\s+/;
  const scopes = (fields.scopes ?? []).flatMap((text) => text.split(separator));
  return [...new Set(scopes.filter((scope) => scope !== ''))];
}

function optionsOf(fields: OAuthFields): OAuthOptions {
  const present = Object.entries(fields).filter(
    ([key, value]) => value !== undefined && !OWN_COLUMN.has(key),
  );
  return Object.fromEntries(present);
}

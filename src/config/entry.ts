/**
 * Judges one entry of `mcpServers` by itself: a connection, a local program, or an entry with errors.
 * Decides defaults and how fields depend on each other; never looks at another entry.
 */
import { quote } from '../errors';
import type { AuthType, ConnectionDefinition, JsonObject, SkippedEntry } from './definition';
import { Fault, fault } from './fault';
import { headers, isAuthorization } from './fields/headers';
import { sizeFault } from './fields/json-object';
import { choice } from './fields/word';
import type { EntryFields } from './document-fields';
import { AUTH_TYPES, DEFAULT_TRANSPORT, entryFields } from './document-fields';
import { foreignEntryFields } from './foreign/fields';
import type { FieldContext } from './fields/field';
import type { Environment } from './variables';
import { readOAuth } from './entry-oauth';
import { isPlainObject } from './json';
import type { ProblemLog } from './problems';
import { fieldReader } from './read-fields';

type EntryOutcome =
  { readonly connection: ConnectionDefinition } | { readonly skipped: SkippedEntry } | undefined;

/** What the entries of a document have in common. */
export interface EntryContext {
  /** Variables for `${VAR}`; null where a text is taken as it is. */
  readonly environment: Environment | null;
  /** The types of entry that go into the table, where a secret must not be. */
  readonly kept: ReadonlySet<AuthType>;
}

const readFields = fieldReader(entryFields, foreignEntryFields);
const readAuthType = choice(AUTH_TYPES).read;
const readHeaders = headers().read;

/** Fields that mean nothing with another `auth_type`. */
const OF_OAUTH = ['api_origins', 'oauth_config'] as const;

const AUTHORIZATION_IGNORED =
  'found a header that is not sent: the access token of each user is sent in its place; leave it out, or write ' +
  '"auth_type": "static" if all users share these credentials';

/**
 * What one entry declares; `undefined` when it has errors.
 *
 * @param log gets the problems
 */
export function readEntry(
  name: string,
  raw: unknown,
  { environment, kept }: EntryContext,
  log: ProblemLog,
): EntryOutcome {
  const given = isPlainObject(raw) ? raw : {};
  const program = localProgram(given);
  if (program !== undefined) {
    return { skipped: { name, reason: program } };
  }
  const oauthConfig = given['oauth_config'] ?? undefined;
  const defaultAuthType = oauthConfig === undefined ? 'bond_jwt' : 'oauth2';
  const stored = { environment, stored: true };
  const authType = readAuthType(given['auth_type'] ?? defaultAuthType, stored);
  const isOAuth = authType instanceof Fault || authType === 'oauth2';
  const isStored = authType instanceof Fault || kept.has(authType);
  const fields = readFields(raw, { environment, stored: isStored }, log);
  if (isPlainObject(raw) && (raw['url'] ?? undefined) === undefined) {
    log.error(fault('missing_field', 'no url', 'a remote connection needs one, an http or https URL'), [
      'url',
    ]);
  }
  const oauth = isOAuth ? oauthOf(given, fields, stored, log) : null;
  for (const field of isOAuth ? [] : OF_OAUTH) {
    if ((given[field] ?? undefined) === undefined) continue;
    const message = `found ${field} with auth_type ${quote(authType)}; it is ignored unless auth_type is "oauth2"`;
    log.warn('invalid_value', message, [field]);
  }
  if (fields?.url === undefined || oauth === undefined || authType instanceof Fault) {
    return undefined;
  }
  return { connection: connectionOf(name, { ...fields, url: fields.url }, authType, oauth, log) };
}

function oauthOf(
  given: Readonly<Record<string, unknown>>,
  fields: EntryFields | undefined,
  context: FieldContext,
  log: ProblemLog,
): ConnectionDefinition['oauth'] | undefined {
  const { oauth_config: config, headers: declared } = given;
  const read = declared === undefined || declared === null ? {} : readHeaders(declared, context);
  if (read instanceof Fault) log.error(read, ['headers']);
  // MCP clients have it there. Nothing depends on it: the request has the token of its user instead.
  const ignored = isPlainObject(declared) ? Object.keys(declared).find(isAuthorization) : undefined;
  if (ignored !== undefined) log.warn('invalid_value', AUTHORIZATION_IGNORED, ['headers', ignored]);
  const api = { apiOrigins: fields?.api_origins ?? [], headers: read instanceof Fault ? {} : read };
  const oauth = readOAuth(config, api, context, log);
  return read instanceof Fault ? undefined : oauth;
}

function connectionOf(
  name: string,
  fields: EntryFields & { readonly url: string },
  authType: AuthType,
  oauth: ConnectionDefinition['oauth'],
  log: ProblemLog,
): ConnectionDefinition {
  const { transport, type } = fields;
  if (transport !== undefined && type !== undefined && transport !== type) {
    const found = `${quote(transport)} here and ${quote(type)} in type`;
    log.error(fault('invalid_value', found, 'the two must agree, or one be left out'), ['transport']);
  }
  return {
    name,
    displayName: fields.display_name ?? titleOf(name),
    description: fields.description ?? `Connect to ${name}`,
    url: fields.url,
    transport: transport ?? type ?? DEFAULT_TRANSPORT,
    authType,
    iconUrl: fields.icon_url ?? null,
    enabled: fields.enabled ?? null,
    extraConfig: extraConfigOf(fields, log),
    oauth,
  };
}

function extraConfigOf(fields: EntryFields, log: ProblemLog): JsonObject {
  const extra: JsonObject = { ...fields.extra_config };
  for (const key of ['cloud_id', 'site_url'] as const) {
    const value = fields[key];
    if (value === undefined) {
      continue;
    }
    if (Object.hasOwn(extra, key) && extra[key] !== value) {
      log.warn('invalid_value', `found another ${key} in extra_config; this one is taken`, [key]);
    }
    extra[key] = value;
  }
  const tooLarge = sizeFault(extra);
  if (tooLarge !== undefined) {
    log.error(tooLarge, ['extra_config']);
  }
  return extra;
}

function localProgram(raw: Readonly<Record<string, unknown>>): string | undefined {
  const { command, url, args } = raw;
  if (command !== undefined && command !== null) {
    const unread = url === undefined || url === null ? '' : ', and its "url" is not looked at';
    return `it runs a local program: it has "command"${unread}${remoteHint([command, args].flat())}`;
  }
  const key = ['type', 'transport'].find((each) => raw[each] === 'stdio');
  return key === undefined ? undefined : `it runs a local program: its ${key} is "stdio"`;
}

/** mcp-remote connects programs that only know local servers to a remote one. */
function remoteHint(words: readonly unknown[]): string {
  const has = (pattern: RegExp) => words.some((word) => typeof word === 'string' && pattern.test(word));
  return has(/^mcp-remote(?:@|$)/) && has(/^https?:\/\//i)
    ? '; it runs mcp-remote: declare the address that it connects to as "url", without "command"'
    : '';
}

function titleOf(name: string): string {
  const words = name.split(/[\s_-]+/).filter((word) => word !== '');
  const title = words.map((word) => word.replace(/^./u, (first) => first.toUpperCase())).join(' ');
  return title === '' ? name : title;
}

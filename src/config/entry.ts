/**
 * Judges one entry of `mcpServers` by itself: a connection, a local program, or an entry with errors.
 * Decides defaults and how fields depend on each other; never looks at another entry.
 */
import { quote } from '../errors';
import type { AuthType, ConnectionDefinition, JsonObject, SkippedEntry } from './definition';
import type { EntryFields } from './document-fields';
import { DEFAULT_TRANSPORT, entryFields } from './document-fields';
import { readOAuth } from './entry-oauth';
import { Fault, fault, typeFault } from './fault';
import { sizeFault } from './fields/json-object';
import { foreignEntryFields } from './foreign/fields';
import type { PlainObject } from './json';
import { isGiven, isPlainObject } from './json';
import type { ProblemLog } from './problems';
import { fieldReader } from './read-fields';
import type { Environment } from './variables';

/** A connection, a local program, or `undefined` for an entry with errors. */
type EntryOutcome =
  | { readonly connection: ConnectionDefinition }
  | { readonly connection?: undefined; readonly skipped: SkippedEntry }
  | undefined;

/** What the entries of a document have in common. */
export interface EntryContext {
  /** Variables for `${VAR}`; null where a text is taken as it is. */
  readonly environment: Environment | null;
  /** The types of entry that go into the table, where a secret must not be. */
  readonly typesInTable: ReadonlySet<AuthType>;
}

// The type comes first, as it says how the others are read; what OAuth alone has is read in `entry-oauth.ts`.
const { auth_type: typeField, oauth_config: _client, headers: _headers, ...fieldsOfAnyType } = entryFields;
const readFields = fieldReader(fieldsOfAnyType, foreignEntryFields, ['auth_type', 'oauth_config', 'headers']);

/** Fields that mean nothing with another `auth_type`. */
const OF_OAUTH = ['api_origins', 'oauth_config'] as const;

/**
 * What one entry declares.
 *
 * @param log gets the problems
 */
export function readEntry(
  name: string,
  raw: unknown,
  { environment, typesInTable }: EntryContext,
  log: ProblemLog,
): EntryOutcome {
  if (!isPlainObject(raw)) {
    log.error(typeFault(raw, 'it must be an object'));
    return undefined;
  }
  const program = localProgram(raw);
  if (program !== undefined) return { skipped: { name, reason: program } };
  const inTable = { environment, stored: true };
  const defaultType = isGiven(raw, 'oauth_config') ? 'oauth2' : 'bond_jwt';
  const authType = typeField.read(raw['auth_type'] ?? defaultType, inTable);
  if (authType instanceof Fault) log.error(authType, ['auth_type']);
  const stored = authType instanceof Fault || typesInTable.has(authType);
  const { given, values } = readFields(raw, { environment, stored }, log);
  if (!given.has('url')) {
    log.error(fault('missing_field', 'no url', 'a remote connection needs one, an http or https URL'), [
      'url',
    ]);
  }
  // An invalid `auth_type` was probably meant to be `oauth2`.
  const mayBeOAuth = authType instanceof Fault || authType === 'oauth2';
  const oauth = mayBeOAuth ? readOAuth(raw, values?.api_origins ?? [], inTable, log) : null;
  if (!mayBeOAuth) {
    for (const field of OF_OAUTH.filter((one) => isGiven(raw, one))) {
      const message = `found ${field} with auth_type ${quote(authType)}; it is ignored unless auth_type is "oauth2"`;
      log.warn('invalid_value', message, [field]);
    }
  }
  if (values?.url === undefined || oauth === undefined || authType instanceof Fault) return undefined;
  return { connection: connectionOf(name, { ...values, url: values.url }, authType, oauth, log) };
}

type Values = Omit<EntryFields, 'url'> & { readonly url: string };

function connectionOf(
  name: string,
  values: Values,
  authType: AuthType,
  oauth: ConnectionDefinition['oauth'],
  log: ProblemLog,
): ConnectionDefinition {
  const { transport, type } = values;
  if (transport !== undefined && type !== undefined && transport !== type) {
    const found = `${quote(transport)} here and ${quote(type)} in type`;
    log.error(fault('invalid_value', found, 'the two must agree, or one be left out'), ['transport']);
  }
  return {
    name,
    displayName: values.display_name ?? titleOf(name),
    description: values.description ?? `Connect to ${name}`,
    url: values.url,
    transport: transport ?? type ?? DEFAULT_TRANSPORT,
    authType,
    iconUrl: values.icon_url ?? null,
    enabled: values.enabled ?? null,
    extraConfig: extraConfigOf(values, log),
    oauth,
  };
}

function extraConfigOf(values: Values, log: ProblemLog): JsonObject {
  const extra: JsonObject = { ...values.extra_config };
  for (const key of ['cloud_id', 'site_url'] as const) {
    const value = values[key];
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

/** Why an entry is no remote connection, if it is none. */
function localProgram(raw: PlainObject): string | undefined {
  if (isGiven(raw, 'command')) {
    const unread = isGiven(raw, 'url') ? ', and its "url" is not looked at' : '';
    const hint = remoteHint([raw['command'], raw['args']].flat());
    return `it runs a local program: it has "command"${unread}${hint}`;
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

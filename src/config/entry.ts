/**
 * Judges one entry of `mcpServers` by itself: a connection, a local program, or an entry with errors.
 * Decides defaults and how fields depend on each other; never looks at another entry.
 */
import { quote } from '../errors';
import type { AuthType, ConnectionDefinition, JsonObject, SkippedEntry } from './definition';
import { Fault, fault } from './fault';
import { sizeFault } from './field-json';
import { readChoice } from './field-text';
import type { Environment } from './interpolate';
import { readOAuth } from './oauth-entry';
import { isPlainObject } from './plain-object';
import type { ProblemLog } from './problem-log';
import { fieldReader } from './read-fields';
import type { EntryFields } from './schema';
import { AUTH_TYPES, entrySchema, oauthSchema } from './schema';

type EntryOutcome =
  { readonly connection: ConnectionDefinition } | { readonly skipped: SkippedEntry } | undefined;

type EntryReader = (name: string, raw: unknown, log: ProblemLog, kept: ReadonlySet<AuthType>) => EntryOutcome;

// Making the schemas costs as much as reading a hundred entries, so it is done once for an environment.
const readers = new WeakMap<Environment, EntryReader>();

/**
 * A judge of entries; one serves every document that is read with the same variables. `kept` are the types of entry
 * that go into the table, where a secret must not be.
 *
 * @param environment variables for `${VAR}`
 */
export function entryReader(environment: Environment): EntryReader {
  const reader = readers.get(environment) ?? makeReader(environment);
  readers.set(environment, reader);
  return reader;
}

function makeReader(environment: Environment): EntryReader {
  const stored = { environment, stored: true };
  const readStored = fieldReader(entrySchema(stored));
  const readOther = fieldReader(entrySchema({ environment, stored: false }));
  const readOAuthFields = fieldReader(oauthSchema(stored));
  return (name, raw, log, kept) => {
    const program = isPlainObject(raw) ? localProgram(raw) : undefined;
    if (program !== undefined) {
      return { skipped: { name, reason: program } };
    }
    const rawAuthType = (isPlainObject(raw) ? raw['auth_type'] : undefined) ?? 'bond_jwt';
    const authType = readChoice(rawAuthType, stored, AUTH_TYPES);
    const isOAuth = authType instanceof Fault || authType === 'oauth2';
    const isStored = authType instanceof Fault || kept.has(authType);
    const fields = (isStored ? readStored : readOther)(raw, log);
    if (isPlainObject(raw) && (raw['url'] ?? undefined) === undefined) {
      log.error(fault('missing_field', 'no url', 'a remote connection needs one, an http or https URL'), [
        'url',
      ]);
    }
    const oauthConfig = isPlainObject(raw) ? raw['oauth_config'] : undefined;
    const definition = isOAuth ? readOAuth(oauthConfig, readOAuthFields, log) : null;
    if (!isOAuth && oauthConfig !== undefined && oauthConfig !== null) {
      const message = `found oauth_config with auth_type ${quote(authType)}; it is ignored unless auth_type is "oauth2"`;
      log.warn('invalid_value', message, ['oauth_config']);
    }
    if (fields?.url === undefined || definition === undefined || authType instanceof Fault) {
      return undefined;
    }
    return { connection: connectionOf(name, { ...fields, url: fields.url }, authType, definition, log) };
  };
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
    transport: transport ?? type ?? 'sse',
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
  if (raw['command'] !== undefined && raw['command'] !== null) {
    return raw['url'] === undefined || raw['url'] === null
      ? 'it runs a local program: it has "command"'
      : 'it runs a local program: it has "command", and its "url" is not looked at';
  }
  const key = ['type', 'transport'].find((each) => raw[each] === 'stdio');
  return key === undefined ? undefined : `it runs a local program: its ${key} is "stdio"`;
}

function titleOf(name: string): string {
  const words = name.split(/[\s_-]+/).filter((word) => word !== '');
  const title = words.map((word) => word.replace(/^./u, (first) => first.toUpperCase())).join(' ');
  return title === '' ? name : title;
}

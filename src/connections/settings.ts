/** The options of `new Connections`: they are checked, and what is absent gets its default. */
import { isPlainObject } from '../config/json';
import type { Log } from '../logging';
import { Documents } from '../oauth/documents';
import { guardedFetch } from '../oauth/guarded-fetch';
import {
  type OptionChecks,
  callback,
  checkOptions,
  flag,
  milliseconds,
  objectWith,
  optionInvalid,
  origins,
  text,
  webUrl,
} from '../options';
import type { TokenCipher } from '../tokens/cipher';
import { keyRing, parseKeyRing } from '../tokens/key-ring';
import { MAX_LEASE_MS } from '../tokens/refresh-protocol';
import type { ConnectionSource, ConnectionsOptions, ServiceAddresses } from './options';
import type { ProviderSettings } from './provider/providers';
import type { OpenOptions } from './runtime';

/** @throws ConnectionsError `option_invalid` */
export function checkConnectionsOptions(source: ConnectionSource, options: ConnectionsOptions): void {
  const given: unknown = source;
  const isSource =
    typeof given === 'object' && given !== null && 'registry' in given && 'dataSource' in given;
  if (!isSource || typeof given.dataSource !== 'object' || given.dataSource === null) {
    throw optionInvalid(
      'The first argument of `new Connections` must be a MetadataStore, or an object with `dataSource` and `registry`.',
    );
  }
  checkOptions('new Connections', options, connectionsChecks);
  if (options.clientMetadataUrl !== undefined && options.publicUrl === undefined) {
    throw optionInvalid(
      'Option `clientMetadataUrl` of `new Connections` needs `publicUrl`, of which the redirect URIs are made.',
    );
  }
  if (options.keys !== undefined && options.cipher !== undefined) {
    throw optionInvalid('`new Connections` takes `keys` or `cipher`, not both.');
  }
  if (options.keys === undefined && options.cipher === undefined) {
    throw optionInvalid(
      'Option `keys` of `new Connections` is missing. Give it the text of an environment variable, such as ' +
        '`process.env.CONNECTION_KEYS`: `k1:` and what `openssl rand -base64 32` prints.',
    );
  }
}

const connectionsChecks: OptionChecks<ConnectionsOptions> = {
  keys: (value) =>
    typeof value === 'string' || isPlainObject(value)
      ? undefined
      : 'the text of an environment variable, or a key ring `{ current, keys }`',
  cipher: objectWith('encrypt', 'decrypt', 'isCurrent'),
  publicUrl: baseUrl,
  callbackPath: (value) =>
    typeof value === 'string' && /^\/(?![/\\])[^?#\s\\]*$/.test(value) && hasNameOnce(value)
      ? undefined
      : 'a path that begins with one slash and has `{name}` in it once, such as `/connections/{name}/callback`',
  callbackOrigins: origins,
  returnOrigins: origins,
  trustedOrigins: originsOfNames,
  clientName: text,
  clientUri: webUrl('https://example.com'),
  clientMetadataUrl: clientMetadataUrl,
  resolveSecret: callback,
  fetch: callback,
  discoveryFetch: callback,
  // A lease is three times as long, and none is longer than `MAX_LEASE_MS`.
  requestTimeoutMs: milliseconds(1, MAX_LEASE_MS / 3),
  lockTimeoutMs: milliseconds(),
  preparedStatements: flag,
  logger: objectWith('warn', 'error'),
};

/** Paths are appended to it, so it has no query and no fragment. */
function baseUrl(value: unknown): string | undefined {
  const wrong = webUrl('https://api.example.com')(value);
  if (wrong !== undefined) return wrong;
  const { search, hash } = new URL(value as string);
  return search === '' && hash === '' ? undefined : 'a URL without a query and a fragment';
}

/** OAuth Client ID Metadata Document section 3: https, and a path; one for each connection. */
function clientMetadataUrl(value: unknown): string | undefined {
  const isSound = webUrl('', /^https:$/)(value) === undefined && hasNameOnce(value as string);
  return isSound && /^[^?#]*\/[^?#]*\{name\}[^?#]*$/.test(value as string)
    ? undefined
    : 'an https URL that has `{name}` in its path once, such as `https://api.example.com/connections/{name}/client.json`';
}

function hasNameOnce(template: string): boolean {
  return template.split('{name}').length === 2;
}

/** Origins, each with the names of the connections that may use it. */
function originsOfNames(value: unknown): string | undefined {
  const isNames = (names: unknown) => Array.isArray(names) && names.every((name) => text(name) === undefined);
  return isPlainObject(value) &&
    origins(Object.keys(value)) === undefined &&
    Object.values(value).every(isNames)
    ? undefined
    : "an object with the connections for each origin, such as `{ 'http://10.0.0.5:8080': ['wiki'] }`";
}

const REQUEST_MS = 10_000;
const LOCK_MS = 10_000;
const CALLBACK_PATH = '/connections/{name}/callback';
const CLIENT_NAME = 'MCP connections';

/** How the database is used. */
export function openOptions(options: ConnectionsOptions, log: Log): OpenOptions {
  const { requestTimeoutMs = REQUEST_MS, lockTimeoutMs = LOCK_MS, preparedStatements = true } = options;
  return {
    cipher: options.cipher ?? keyRingOf(options),
    log,
    timeoutMs: lockTimeoutMs,
    isPrepared: preparedStatements,
    requestMs: requestTimeoutMs,
  };
}

function keyRingOf({ keys }: ConnectionsOptions): TokenCipher {
  return typeof keys === 'object' ? keyRing(keys) : parseKeyRing(keys);
}

/** How providers are asked. */
export function providerSettings(
  options: ConnectionsOptions,
  observe: ProviderSettings['observe'],
): ProviderSettings {
  const { fetch = globalThis.fetch, requestTimeoutMs: timeoutMs = REQUEST_MS } = options;
  return {
    exchange: { fetch, timeoutMs },
    guarded: { fetch: options.discoveryFetch ?? guardedFetch, timeoutMs },
    trustedOrigins: trustedOrigins(options),
    documents: new Documents(),
    resolveSecret: options.resolveSecret,
    client: { name: options.clientName ?? CLIENT_NAME, uri: options.clientUri },
    clientMetadataUrl: options.clientMetadataUrl,
    observe,
  };
}

export function serviceAddresses(options: ConnectionsOptions): ServiceAddresses {
  const {
    publicUrl = null,
    callbackPath = CALLBACK_PATH,
    callbackOrigins = [],
    returnOrigins = [],
  } = options;
  return Object.freeze({ publicUrl, callbackPath, callbackOrigins, returnOrigins });
}

/** Two spellings of one origin are one. */
function trustedOrigins({ trustedOrigins: given = {} }: ConnectionsOptions): Map<string, readonly string[]> {
  const trusted = new Map<string, readonly string[]>();
  for (const [address, names] of Object.entries(given)) {
    const { origin } = new URL(address);
    trusted.set(origin, [...(trusted.get(origin) ?? []), ...names]);
  }
  return trusted;
}

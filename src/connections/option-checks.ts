/** The checks of every option of `Connections` and its methods, made when the option is given. */
import { isPlainObject } from '../config/plain-object';
import { isScope } from '../oauth/limits.js';
import {
  type OptionChecks,
  abortSignal,
  anything,
  callback,
  checkOptions,
  flag,
  milliseconds,
  objectWith,
  optionInvalid,
  origins,
  rowCount,
  text,
  webUrl,
  wholeNumber,
} from '../options';
import { MAX_LEASE_MS } from '../tokens/refresh-protocol.js';
import type { ReencryptOptions } from '../tokens/reencrypt';
import type { AuthorizeOptions, CompleteOptions } from './flow-options';
import type {
  AccessTokenOptions,
  ConnectionSource,
  ConnectionsOptions,
  FetchForOptions,
  ImportAllOptions,
  ImportOptions,
  RefreshExpiringOptions,
} from './options';

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

/** @throws ConnectionsError `option_invalid` */
export function checkConnectionsOptions(source: ConnectionSource, options: ConnectionsOptions): void {
  const given: unknown = source;
  const isSource =
    typeof given === 'object' && given !== null && 'registry' in given && 'dataSource' in given;
  if (!isSource || typeof given.dataSource !== 'object') {
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

const account = anything;

const authorizeChecks: OptionChecks<AuthorizeOptions> = {
  // Checked with the user id and the name, and with the rules of its own error code.
  account,
  returnTo: anything,
  scopes: scopeList,
  requestOrigin: text,
  bindToBrowser: flag,
  // From a browser's cookie, so not the host's mistake.
  browserBinding: anything,
  newClient: flag,
  response: answer,
};

/** @throws ConnectionsError `option_invalid` */
export function checkAuthorizeOptions(options: AuthorizeOptions): void {
  checkOptions('authorize', options, authorizeChecks);
}

const completeChecks: OptionChecks<CompleteOptions> = {
  userId: account,
  browserBinding: anything,
  // From the path of the request, so not the host's mistake.
  connectionName: anything,
};

/** @throws ConnectionsError `option_invalid` */
export function checkCompleteOptions(options: CompleteOptions): void {
  checkOptions('complete', options, completeChecks);
  // A browser without the cookie is no mistake of the host's: its flow is not found.
  if (options.userId !== undefined || Object.hasOwn(options, 'browserBinding')) return;
  throw optionInvalid(
    '`complete` needs the `userId` of the session or the `browserBinding` of the cookie. When a request has neither, let the ' +
      'user log in first.',
  );
}

const accessTokenChecks: OptionChecks<AccessTokenOptions> = {
  account,
  rejectedToken: text,
  signal: abortSignal,
};

/** @throws ConnectionsError `option_invalid` */
export function checkAccessTokenOptions(options: AccessTokenOptions): void {
  checkOptions('getAccessToken', options, accessTokenChecks);
}

const fetchForChecks: OptionChecks<FetchForOptions> = { account, origins, onConnectNeeded: callback };

/** @throws ConnectionsError `option_invalid` */
export function checkFetchForOptions(options: FetchForOptions): void {
  checkOptions('fetchFor', options, fetchForChecks);
}

/** @throws ConnectionsError `option_invalid` */
export function checkDisconnectOptions(options: { readonly account?: string | undefined }): void {
  checkOptions('disconnect', options, { account });
}

const importChecks: OptionChecks<ImportOptions> = {
  account,
  replaceSavedBefore: (value) =>
    value instanceof Date && Number.isFinite(value.getTime()) ? undefined : 'a valid Date',
};

/** @throws ConnectionsError `option_invalid` */
export function checkImportOptions(options: ImportOptions): void {
  checkOptions('importTokens', options, importChecks);
}

const importAllChecks: OptionChecks<ImportAllOptions> = { onProgress: callback, signal: abortSignal };

/** @throws ConnectionsError `option_invalid` */
export function checkImportAllOptions(entries: unknown, options: ImportAllOptions): void {
  const isIterable =
    typeof entries === 'object' &&
    entries !== null &&
    (Symbol.iterator in entries || Symbol.asyncIterator in entries);
  if (!isIterable) {
    throw optionInvalid(
      'The first argument of `importAll` must be a list of accounts, or another iterable of them.',
    );
  }
  checkOptions('importAll', options, importAllChecks);
}

const refreshExpiringChecks: OptionChecks<RefreshExpiringOptions> = {
  withinMs: milliseconds(0),
  limit: rowCount(),
  concurrency: wholeNumber(1, 1_000, 'requests'),
  signal: abortSignal,
};

/** @throws ConnectionsError `option_invalid` */
export function checkRefreshExpiringOptions(options: RefreshExpiringOptions): void {
  checkOptions('refreshExpiring', options, refreshExpiringChecks);
}

const reencryptChecks: OptionChecks<ReencryptOptions> = { signal: abortSignal };

/** @throws ConnectionsError `option_invalid` */
export function checkReencryptOptions(options: ReencryptOptions): void {
  checkOptions('reencrypt', options, reencryptChecks);
}

/** By what it has: a polyfill, or a test, has a class of its own. */
function answer(value: unknown): string | undefined {
  const { status, headers } = (value ?? {}) as Partial<Response>;
  return typeof status === 'number' && typeof headers?.get === 'function'
    ? undefined
    : 'the `Response` of an API, with `status` and `headers.get`';
}

/** RFC 6749 section 3.3: printable ASCII without spaces, quotes and backslashes. */
function scopeList(value: unknown): string | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isScope(one))
    ? undefined
    : 'a list of scopes, each of printable ASCII without spaces (RFC 6749 section 3.3)';
}

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

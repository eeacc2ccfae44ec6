/**
 * What a row of the table declares, read as strictly as an entry of a document: a program that can write the
 * table decides no more than a document could. A row that a sync would not write is rejected.
 */
import type { AuthType, ConnectionDefinition } from '../config/definition';
import { readEntry } from '../config/entry';
import { nameProblems } from '../config/names';
import { problemList, ProblemLog } from '../config/problems';
import type { StoredOAuthOptions } from '../entities/connection-config';
import { ConnectionsError, quote } from '../errors';
import { parseObject } from '../oauth/json';
import type { JsonColumn, StoredRow } from './row';

/**
 * Texts are taken as they are: a sync has already expanded `${VAR}`, and a row must not refer to variables. Nor is anything checked for
 * secrets in clear text: they would be in the table already.
 */
const AS_STORED = { environment: null, typesInTable: new Set<AuthType>() };
const NONE: ReadonlySet<string> = new Set();

/** @throws ConnectionsError `connection_rejected` */
export function rowDefinition(row: StoredRow): ConnectionDefinition {
  const { name } = row;
  const log = new ProblemLog(name);
  const outcome = readEntry(name, entryOf(row), AS_STORED, log);
  const errors = [...nameProblems([name], NONE), ...log.problems].filter(
    ({ severity }) => severity === 'error',
  );
  if (errors.length > 0) {
    throw connectionRejected(row, problemList(errors));
  }
  if (outcome?.connection) return outcome.connection;
  throw connectionRejected(row, outcome?.skipped.reason ?? 'it cannot be read');
}

/** The entry of a document that a sync would make this row of. */
function entryOf(row: StoredRow): object {
  const entry = {
    display_name: row.displayName === '' ? undefined : row.displayName,
    description: row.description ?? '',
    url: row.url,
    transport: row.transport,
    auth_type: row.authType,
    icon_url: row.iconUrl,
    enabled: row.enabled,
    extra_config: objectOf(row, 'extraConfig'),
  };
  if (row.authType !== 'oauth2') return entry;
  const { api_origins, headers, ...options }: StoredOAuthOptions = objectOf(row, 'oauthOptions');
  const oauth_config = {
    ...options,
    client_id: row.oauthClientId,
    // Never in a row: a sync leaves it out.
    client_secret: undefined,
    authorize_url: row.oauthAuthorizeUrl,
    token_url: row.oauthTokenUrl,
    redirect_uri: row.oauthRedirectUri,
    scopes: typeof row.oauthScopes === 'string' ? row.oauthScopes.split(' ') : row.oauthScopes,
  };
  return { ...entry, api_origins, headers, oauth_config };
}

function objectOf(row: StoredRow, column: JsonColumn): object {
  const value = parseObject(row[column] ?? '{}');
  if (value !== null && !Object.hasOwn(value, '__proto__')) return value;
  throw connectionRejected(
    row,
    `${column} is not a JSON object${value === null ? '' : ' without "__proto__"'}`,
  );
}

function connectionRejected({ name }: StoredRow, why: string): ConnectionsError {
  return new ConnectionsError(
    'connection_rejected',
    `The row of connection ${quote(name)} was edited, and is not what a sync writes: ${why}. The next sync corrects it.`,
    { connectionName: name },
  );
}

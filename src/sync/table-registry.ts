/** A registry that reads connections from the synced table instead of the document. */
import type { Repository } from 'typeorm';
import type {
  AuthType,
  ConnectionDefinition,
  JsonObject,
  OAuthDefinition,
  Transport,
} from '../config/definition';
import { byName } from '../config/names';
import type { ConnectionRegistry } from '../config/registry';
import type { SecretReference } from '../config/secrets';
import type { ConnectionConfig, StoredOAuthOptions } from '../entities/connection-config';
import { ConnectionsError, quote } from '../errors';
import { repositoryPort } from './repository-port';
import type { JsonColumn, StoredRow } from './row';

/**
 * Creates a registry that reads the table at each call, so that it sees changes of operators and syncs of other
 * processes. The table has references to client secrets, but no secret that the document contains itself.
 * @param repo repository of `ConnectionConfig`; one from a transaction of the host sees its uncommitted changes
 * @returns a registry; each call reads the whole table in one statement and waits up to 30 seconds for a lock; `list`
 * leaves out rows that cannot be read
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported` or
 * `repository_mismatch`. Its methods throw `tables_missing`, `schema_outdated`, `database_busy` or `database_failed`;
 * `get` also `connection_unknown`, `connection_removed`, `connection_disabled`, or `connection_rejected` for a row that
 * was edited by hand and cannot be read
 * @example
 * const registry = tableRegistry(dataSource.getRepository(ConnectionConfig));
 * const { url } = await registry.get('github');
 */
export function tableRegistry(repo: Repository<ConnectionConfig>): ConnectionRegistry {
  const port = repositoryPort(repo);
  return {
    async get(name) {
      const row = (await port.read(false)).find((candidate) => candidate.name === name);
      if (!row) {
        throw new ConnectionsError(
          'connection_unknown',
          `The table has no connection ${quote(name)}. Check the name, or declare the connection and sync.`,
          { connectionName: name },
        );
      }
      if (row.removedAt !== null) {
        throw new ConnectionsError(
          'connection_removed',
          `Connection ${quote(name)} has not been declared since ${row.removedAt}. Declare it again and sync to use it.`,
          { connectionName: name },
        );
      }
      if (!row.enabled) {
        throw new ConnectionsError(
          'connection_disabled',
          `Connection ${quote(name)} is disabled. Set \`enabled\` to true in its declaration or in its row to use it.`,
          { connectionName: name },
        );
      }
      return definitionOf(row);
    },

    async list() {
      const rows = (await port.read(false)).filter((row) => row.enabled && row.removedAt === null);
      return rows.flatMap((row) => (isReadable(row) ? [definitionOf(row)] : [])).toSorted(byName);
    },
  };
}

function isReadable(row: StoredRow): boolean {
  try {
    return definitionOf(row) !== undefined;
  } catch {
    return false;
  }
}

function definitionOf(row: StoredRow): ConnectionDefinition {
  return {
    name: row.name,
    displayName: row.displayName,
    description: row.description ?? '',
    url: row.url,
    transport: row.transport as Transport,
    authType: row.authType as AuthType,
    iconUrl: row.iconUrl,
    enabled: row.enabled,
    extraConfig: objectOf(row, 'extraConfig') as JsonObject,
    oauth: row.authType === 'oauth2' ? oauthOf(row) : null,
  };
}

function oauthOf(row: StoredRow): OAuthDefinition {
  const { client_secret_env, client_secret_file, client_secret_arn, ...options } = objectOf(
    row,
    'oauthOptions',
  ) as StoredOAuthOptions;
  return {
    clientId: row.oauthClientId,
    clientSecret: secretReference({ client_secret_env, client_secret_file, client_secret_arn }),
    authorizeUrl: row.oauthAuthorizeUrl,
    tokenUrl: row.oauthTokenUrl,
    redirectUri: row.oauthRedirectUri,
    scopes: row.oauthScopes?.split(' ') ?? [],
    options,
  };
}

function objectOf(row: StoredRow, column: JsonColumn): object {
  try {
    return JSON.parse(row[column] ?? '{}') as object;
  } catch {
    throw new ConnectionsError(
      'connection_rejected',
      `The column \`${column}\` of connection ${quote(row.name)} does not contain JSON. Sync again: that writes the declared ` +
        'value.',
      { connectionName: row.name },
    );
  }
}

type StoredReference = {
  [Key in Extract<keyof StoredOAuthOptions, `client_secret_${string}`>]: StoredOAuthOptions[Key] | undefined;
};

function secretReference(stored: StoredReference): SecretReference | null {
  if (stored.client_secret_env !== undefined) return { kind: 'env', name: stored.client_secret_env };
  if (stored.client_secret_file !== undefined) return { kind: 'file', path: stored.client_secret_file };
  if (stored.client_secret_arn !== undefined) return { kind: 'arn', arn: stored.client_secret_arn };
  return null;
}

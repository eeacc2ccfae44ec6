/** The registry over the table: the same connections, read from the synced copy instead of the configuration. */
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
 * A registry that asks the table each time, so that it sees the operator's switch and other processes' syncs. A
 * client secret that was written into the configuration itself is not there; references to one are.
 * @param repo of `ConnectionConfig`; one from a host's transaction sees what that has written
 * @returns reads the whole table in one statement for each call, waiting 30 seconds at most; `list` leaves out rows
 * that cannot be read
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported` or
 * `repository_mismatch`; its methods `connection_unknown`, `connection_removed`, `connection_disabled`,
 * `connection_rejected` for a row that was edited into something unreadable, and what a failing read gives, as in
 * `syncConnectionConfigs`
 */
export function tableRegistry(repo: Repository<ConnectionConfig>): ConnectionRegistry {
  const port = repositoryPort(repo);
  return {
    async get(name) {
      const row = (await port.read(false)).find((candidate) => candidate.name === name);
      if (!row) {
        throw new ConnectionsError(
          'connection_unknown',
          `There is no connection ${quote(name)} in the table.`,
        );
      }
      if (row.removedAt !== null) {
        throw new ConnectionsError(
          'connection_removed',
          `Connection ${quote(name)} is no longer declared since ${row.removedAt}. Declare it again to use it.`,
        );
      }
      if (!row.enabled) {
        throw new ConnectionsError(
          'connection_disabled',
          `Connection ${quote(name)} is switched off. Set \`enabled\` in its row or its declaration to use it.`,
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
      `The row of connection ${quote(row.name)} was edited: ${column} is not JSON. The next sync mends it.`,
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

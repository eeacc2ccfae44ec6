/** A registry that reads the connections from the table instead of the configuration. */
import type { Repository } from 'typeorm';
import type {
  AuthType,
  ConnectionDefinition,
  JsonObject,
  OAuthDefinition,
  Transport,
} from '../config/definition';
import { byName } from '../config/names';
import type { ConnectionRegistry, RegisteredName } from '../config/registry';
import { allowsDisabled } from '../config/registry';
import type { SecretReference } from '../config/secrets';
import type { ConnectionConfig, StoredOAuthOptions } from '../entities/connection-config';
import { ConnectionsError, quote } from '../errors';
import { repositoryPort } from './repository-port';
import type { JsonColumn, StoredRow } from './row';

/**
 * A registry that reads the table at each call, so that it sees what an operator or the sync of another process has
 * changed. A client secret that is written in the configuration itself is not in the table; a reference to one is.
 * @param repo of `ConnectionConfig`; one from a transaction of the host sees what that transaction has written
 * @returns each call reads the whole table in one statement and waits at most 30 seconds for it; `list` leaves out rows
 * that cannot be read
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported` or
 * `repository_mismatch`; its methods `connection_unknown`, `connection_removed`, `connection_disabled`,
 * `connection_rejected` for a row that cannot be read, and those of a failed read, as `syncConnectionConfigs` lists them
 * @example
 * const registry = tableRegistry(dataSource.getRepository(ConnectionConfig));
 * for (const { name, status } of await registry.names()) console.log(name, status);
 * const connections = new Connections({ dataSource, registry }, { keys: process.env.CONNECTION_KEYS });
 */
export function tableRegistry(repo: Repository<ConnectionConfig>): ConnectionRegistry {
  const port = repositoryPort(repo);
  return {
    async get(name, options) {
      const row = (await port.read(false)).find((candidate) => candidate.name === name);
      if (!row) {
        throw new ConnectionsError(
          'connection_unknown',
          `There is no connection ${quote(name)} in the table.`,
          { connectionName: name },
        );
      }
      if (row.removedAt !== null) {
        throw new ConnectionsError(
          'connection_removed',
          `Connection ${quote(name)} has not been declared since ${row.removedAt}. Declare it again to use it.`,
          { connectionName: name },
        );
      }
      if (!row.enabled && !allowsDisabled(options)) {
        throw new ConnectionsError(
          'connection_disabled',
          `Connection ${quote(name)} is disabled. Set \`enabled\` in its row or its declaration to use it.`,
          { connectionName: name },
        );
      }
      return definitionOf(row);
    },

    async list() {
      const rows = (await port.read(false)).filter((row) => statusOf(row) === 'usable');
      return rows.map(definitionOf).toSorted(byName);
    },

    async names() {
      const rows = await port.read(false);
      return rows.map((row) => ({ name: row.name, status: statusOf(row) })).toSorted(byName);
    },
  };
}

/** In the order in which `get` looks: a removed row may be disabled, too. */
function statusOf(row: StoredRow): RegisteredName['status'] {
  if (row.removedAt !== null) return 'removed';
  if (!row.enabled) return 'disabled';
  return isReadable(row) ? 'usable' : 'rejected';
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
  const value = parsed(row[column] ?? '{}');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ConnectionsError(
    'connection_rejected',
    `The row of connection ${quote(row.name)} was edited: ${column} is not a JSON object. The next sync corrects it.`,
    { connectionName: row.name },
  );
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
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

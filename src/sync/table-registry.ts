/** The registry over the table: the same connections, read from the synced copy instead of the configuration. */
import type { Repository } from 'typeorm';
import type { AuthType, ConnectionDefinition, OAuthDefinition, Transport } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { SecretReference } from '../config/secrets';
import type { ConnectionConfig, StoredOAuthOptions } from '../entities/connection-config';
import { ConnectionsError, quote } from '../errors';

/**
 * A registry that asks the table each time, so that it sees the operator's switch and other processes' syncs.
 * A client secret that was written into the configuration itself is not there; references to one are.
 * @param repo of `ConnectionConfig`
 */
export function tableRegistry(repo: Repository<ConnectionConfig>): ConnectionRegistry {
  return {
    async get(name) {
      const row = typeof name === 'string' ? await repo.findOneBy({ name }) : null;
      if (!row || row.name !== name) {
        throw new ConnectionsError(
          'connection_unknown',
          `There is no connection ${quote(name)} in the table.`,
        );
      }
      if (row.removedAt) {
        throw new ConnectionsError(
          'connection_removed',
          `Connection ${quote(name)} is no longer declared since ${row.removedAt.toISOString()}. Declare it again to use it.`,
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
      const rows = await repo.find();
      return rows
        .filter((row) => row.enabled && !row.removedAt)
        .map(definitionOf)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

function definitionOf(row: ConnectionConfig): ConnectionDefinition {
  return {
    name: row.name,
    displayName: row.displayName,
    description: row.description ?? '',
    url: row.url,
    transport: row.transport as Transport,
    authType: row.authType as AuthType,
    iconUrl: row.iconUrl,
    enabled: row.enabled,
    extraConfig: row.extraConfig ?? {},
    oauth: row.authType === 'oauth2' ? oauthOf(row) : null,
  };
}

function oauthOf(row: ConnectionConfig): OAuthDefinition {
  const { client_secret_env, client_secret_file, client_secret_arn, ...options } = row.oauthOptions ?? {};
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

type StoredReference = {
  [Key in Extract<keyof StoredOAuthOptions, `client_secret_${string}`>]: StoredOAuthOptions[Key] | undefined;
};

function secretReference(stored: StoredReference): SecretReference | null {
  if (stored.client_secret_env !== undefined) return { kind: 'env', name: stored.client_secret_env };
  if (stored.client_secret_file !== undefined) return { kind: 'file', path: stored.client_secret_file };
  if (stored.client_secret_arn !== undefined) return { kind: 'arn', arn: stored.client_secret_arn };
  return null;
}

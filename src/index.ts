/**
 * What a host calls: the store, users' connections and tokens, the entities, the sync, the document, the migrations, the
 * errors.
 * @module mcp-connections
 */
export { MetadataStore } from './store/metadata-store';
export type {
  CreateAllContext,
  MetadataStoreEvents,
  MetadataStoreOptions,
  SyncOutcome,
} from './store/options';

export {
  ConnectionClientRegistration,
  ConnectionConfig,
  ConnectionOAuthState,
  UserConnectionToken,
  connectionEntities,
} from './entities';

export { connectionMigrations, revertConnectionMigration, runConnectionMigrations } from './migrations';
export type { ConnectionMigrationOptions } from './migrations';

export { Connections } from './connections/connections';
export type { AccessToken, AccessTokenOptions } from './connections/access/access-tokens';
export type {
  ConnectedAccount,
  ConnectionStatus,
  UserConnection,
} from './connections/accounts/user-connections';
export type { ImportedTokens } from './connections/accounts/import-tokens';
export type { RefreshExpiringOptions } from './connections/expiring/refresh-expiring';
export type { RefreshExpiringReport } from './connections/expiring/tally';
export type { Authorization, AuthorizeOptions } from './connections/flow/authorize';
export type { CompleteOptions, CompletedAuthorization } from './connections/flow/complete';
export type {
  ConnectionSource,
  ConnectionsEvents,
  ConnectionsOptions,
  Disconnection,
} from './connections/options';
export type { AccountRef } from './tokens/account-ref';
export { keyRing, parseKeyRing } from './tokens/key-ring';
export type { KeyRingOptions } from './tokens/key-ring';
export type { CipherPlace, TokenCipher } from './tokens/cipher';
export type { ReencryptOptions, ReencryptReport } from './tokens/reencrypt';

export { syncConnectionConfigs } from './sync/sync';
export type { SyncOptions } from './sync/sync';
export type { SyncReport } from './sync/report';
export { tableRegistry } from './sync/table-registry';

export { loadConnections } from './config/load';
export type { ConnectionsConfig } from './config/load';
export { connectionRegistry } from './config/registry';
export type { ConnectionRegistry } from './config/registry';
export { defineConnections } from './config/document';
export type { ConnectionDeclaration, ConnectionsDocument, OAuthDeclaration } from './config/document';
export type { ConnectionDefinition } from './config/definition';
export type { SecretReference, SecretResolver } from './config/secrets';

export { ConnectionsError, findConnectionsError, isConnectionsError } from './errors';
export type { ConnectionsErrorCode, ReauthorizationReason } from './error-codes';
export type { Logger } from './logging';

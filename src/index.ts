/**
 * What a host needs: the store, the tokens, the entities, the sync, the configuration, the migrations, the errors.
 * @module mcp-connections
 */
export { MetadataStore } from './store/metadata-store';
export type {
  CreateAllContext,
  MetadataStoreEvents,
  MetadataStoreOptions,
  SyncOutcome,
} from './store/options';
export type { MigrationsMode } from './store/schema';

export {
  ConnectionClientRegistration,
  ConnectionConfig,
  ConnectionOAuthState,
  UserConnectionToken,
  connectionEntities,
} from './entities';
export type { StoredOAuthOptions } from './entities/connection-config';

export { connectionMigrations, revertConnectionMigration, runConnectionMigrations } from './migrations';
export type { ConnectionMigrationOptions } from './migrations';
export type { MigrationClass } from './database/migration-runner';

export { Connections } from './connections/connections';
export type {
  AccessToken,
  AccessTokenOptions,
  AccountOptions,
  ConnectedAccount,
  ConnectionSource,
  ConnectionStatus,
  ConnectionsEvents,
  ConnectionsOptions,
  ImportedTokens,
  RefreshExpiringOptions,
  RefreshExpiringReport,
  TokenEvent,
  UserConnection,
} from './connections/options';
export type {
  Authorization,
  AuthorizeOptions,
  CompletedAuthorization,
  CompleteOptions,
  Disconnection,
} from './connections/flow-options';
export { keyRing, parseKeyRing } from './tokens/key-ring';
export type { KeyRingOptions } from './tokens/key-ring';
export { bareGcmFormat, fernetFormat } from './tokens/legacy-format';
export type { LegacyFormat } from './tokens/legacy-format';
export type { CipherPlace, TokenCipher } from './tokens/cipher';
export type { ReencryptFailure, ReencryptOptions, ReencryptReport } from './tokens/reencrypt';
export type { AccountRef } from './tokens/account-ref';
export type { DiscoveryStep } from './oauth/discovery';
export type { Fetch } from './oauth/exchange';

export { syncConnectionConfigs } from './sync/sync';
export type { SyncOptions } from './sync/sync';
export { planConnectionSync } from './sync/plan';
export type {
  ConnectionChange,
  FieldChange,
  PlannedUpdate,
  SyncConflict,
  SyncPlan,
  SyncPlanOptions,
  WithheldChange,
} from './sync/plan';
export { reportLines } from './sync/report';
export type { SyncReport } from './sync/report';
export type { ConnectionConfigPort, ConnectionInsert, ConnectionOverwrite, SyncWrites } from './sync/port';
export type { DeclaredRow, StoredRow } from './sync/row';
export { tableRegistry } from './sync/table-registry';

export { loadConnections } from './config/load';
export type { ConnectionsConfig, LoadOptions } from './config/load';
export { parseConnections } from './config/parse';
export type { ParseOptions } from './config/parse';
export type { Environment } from './config/interpolate';
export { ParsedConnections } from './config/parsed-connections';
export { connectionRegistry } from './config/registry';
export type { ConnectionRegistry } from './config/registry';
export { InlineSecret, resolveSecret } from './config/secrets';
export type { SecretReference, SecretResolver } from './config/secrets';
export type {
  AuthType,
  ConfigProblem,
  ConfigProblemCode,
  ConnectionDefinition,
  JsonObject,
  JsonValue,
  OAuthDefinition,
  OAuthOptions,
  SkippedEntry,
  Transport,
} from './config/definition';

export { ConnectionsError } from './errors';
export type { ConnectionsErrorCode } from './error-codes';
export type { LogLevel, Logger } from './logging';
